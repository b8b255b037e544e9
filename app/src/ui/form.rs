//! What all forms have in common: their error and their button.

use super::{dialog::focus, format::capitalized, notice::Notice, post_form::Posting};
use crate::error::AppError;
use leptos::prelude::*;

/// The error that a form was answered with.
#[derive(Clone, Copy)]
pub(crate) struct FormError(Signal<Option<AppError>>);

impl FormError {
    /// The error of the last answer to what a form posted.
    pub(crate) fn of(posting: Posting) -> Self {
        Self(Signal::derive(move || posting.answer().get().and_then(Result::err)))
    }

    /// Only an error of a form in which `name` was `value`: for pages with many forms of a kind.
    pub(crate) fn about(self, name: &'static str, value: String) -> Self {
        Self(Signal::derive(move || {
            let is_about = self.typed(name).is_none_or(|typed| typed == value);
            self.0.get().filter(|_| is_about)
        }))
    }

    /// The error itself.
    pub(crate) fn any(self) -> Option<AppError> {
        self.0.get()
    }

    /// No error: what the form shows was accepted.
    pub(crate) fn none() -> Self {
        Self(Signal::stored(None))
    }

    /// The error that the page was answered with for what the form shows.
    pub(crate) fn given(error: AppError) -> Self {
        Self(Signal::stored(Some(error)))
    }

    /// What is wrong with a field, as a sentence.
    pub(crate) fn at(self, field: &str) -> Option<String> {
        self.0
            .get()
            .filter(|error| error.field.as_deref() == Some(field))
            .map(|error| sentence(&error.message))
    }

    /// Whether the page is shown without an error: not because of a form posted without JavaScript.
    pub(crate) fn none_yet(self) -> bool {
        self.0.with_untracked(Option::is_none)
    }

    /// What a text input starts with: what was typed into the form that was refused, else `saved`.
    pub(crate) fn text(self, name: &str, saved: String) -> String {
        self.typed(name).unwrap_or(saved)
    }

    /// Whether a checkbox or radio button that stands for `value` starts checked, likewise.
    pub(crate) fn checked(self, name: &str, value: &str, saved: bool) -> bool {
        self.typed(name).map_or(saved, |typed| typed == value)
    }

    fn typed(self, name: &str) -> Option<String> {
        self.0.with_untracked(|error| {
            let typed = &error.as_ref()?.typed;
            typed.iter().find(|(typed, _)| typed == name).map(|(_, value)| value.clone())
        })
    }

    /// The version that a form is about: after a stale save, the one that the answer told of, so
    /// that saving again is a decision between two values that are both in sight.
    pub(crate) fn version(self, loaded: i64) -> Signal<String> {
        Signal::derive(move || {
            let told = self.0.with(|error| error.as_ref()?.now.as_ref().map(|now| now.version));
            told.unwrap_or(loaded).to_string()
        })
    }

    /// What is wrong apart from the fields that the form has.
    fn elsewhere(self, fields: &[&str]) -> Option<AppError> {
        self.0
            .get()
            .filter(|error| error.field.as_deref().is_none_or(|field| !fields.contains(&field)))
    }

    /// Moves the focus to the input with this id when an answer says that its field is wrong.
    pub(super) fn focus_on_error(self, field: &'static str, id: &'static str) {
        Effect::new(move || {
            if self.at(field).is_some() {
                focus(id);
            }
        });
    }
}

/// Makes a sentence of what follows a field's name: `must not be empty`.
fn sentence(message: &str) -> String {
    let end = if message.ends_with('.') { "" } else { "." };
    capitalized(message) + end
}

/// The end of a form: what is wrong apart from its fields, and its button.
#[component]
pub(crate) fn FormFooter(
    /// The error of the form.
    error: FormError,
    /// The fields that show their errors themselves.
    fields: &'static [&'static str],
    /// Whether an answer is awaited.
    #[prop(into)]
    pending: Signal<bool>,
    /// What the button says.
    #[prop(into)]
    button: String,
    /// The address of the page as it is now, to leave a stale form for.
    #[prop(optional, into)]
    reload: Option<String>,
) -> impl IntoView {
    let problem = move || {
        error.elsewhere(fields).map(|error| {
            let reload = reload.clone().filter(|_| error.code == AppError::STALE);
            view! {
                <Notice>
                    <p>{sentence(&error.message)}</p>
                    {reload
                        .map(|href| {
                            view! {
                                <a href=href rel="external">
                                    "Show the current values"
                                </a>
                            }
                        })}
                </Notice>
            }
        })
    };
    view! {
        <div class="form-footer">
            <div role="alert">{problem}</div>
            <button class="button button-primary" type="submit" disabled=pending>
                {button}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("must not be empty"), "Must not be empty.");
        assert_eq!(sentence("Saved by another."), "Saved by another.");
    }
}
