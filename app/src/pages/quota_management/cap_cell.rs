//! A member's limit, edited where it stands: `500`, `20%`, or nothing for the pool.

use crate::{
    error::AppError,
    server_fns::credits::SaveCap,
    table_address::TableAddress,
    ui::{FormError, PostForm, focus, format, use_posting},
};
use domain::{credits::CreditCap, ids::MemberId, views::MemberRow};
use leptos::{ev::KeyboardEvent, prelude::*};
use std::collections::HashMap;

/// What was typed and not saved, by member, with the version that it was typed over: the table can be
/// loaded anew meanwhile, and what somebody else saved must not be undone unseen.
#[derive(Clone, Copy)]
pub(super) struct Drafts(StoredValue<HashMap<MemberId, (String, i64)>>);

impl Drafts {
    /// Lets every cell below find them.
    pub(super) fn provide() {
        provide_context(Self(StoredValue::new(HashMap::new())));
    }

    fn of(self, member: MemberId) -> Option<(String, i64)> {
        self.0.with_value(|drafts| drafts.get(&member).cloned())
    }

    fn keep(self, member: MemberId, typed: String, version: i64) {
        self.0.update_value(|drafts| _ = drafts.insert(member, (typed, version)));
    }

    fn forget(self, member: MemberId) {
        self.0.update_value(|drafts| _ = drafts.remove(&member));
    }
}

/// The form in a cell. Enter saves, Esc takes back what was typed, arrows lead to the cells above
/// and below.
#[component]
pub(super) fn CapCell(
    /// Whose limit.
    member: MemberRow,
    /// Which row of the page this is, from 0.
    index: usize,
    /// What percentages are of.
    base: i64,
    /// The query of the table to return to.
    back: String,
) -> impl IntoView {
    let posting = use_posting::<SaveCap>();
    let id = member.id.to_string();
    let error = FormError::of(posting).about("member", id.clone());
    let saved = member.schedule.cap.map(|cap| cap.to_string()).unwrap_or_default();
    let (drafts, of) = (expect_context::<Drafts>(), member.id);
    let (begin, version) = drafts.of(of).unwrap_or_else(|| (saved.clone(), member.version));
    let typed = RwSignal::new(error.text("limit", begin));
    Effect::new(move || {
        if posting.answer().with(|answer| matches!(answer, Some(Ok(())))) {
            drafts.forget(of);
        }
    });
    let note = {
        let (member, saved) = (member.clone(), saved.clone());
        move || {
            let typed = typed.get();
            if typed == saved { note_on_saved(&member) } else { note_on_typed(&typed, base) }
        }
    };
    let pending = posting.pending();
    let on_keydown = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            drafts.forget(of);
            typed.set(saved.clone());
        }
        "ArrowDown" => focus_cell(&event, Some(index + 1)),
        "ArrowUp" => focus_cell(&event, index.checked_sub(1)),
        _ => {}
    };
    let note_id = format!("cap-note-{index}");
    let describes = note_id.clone();
    view! {
        <PostForm posting class="cap">
            <input type="hidden" name="member" value=id />
            <input type="hidden" name="version" value=error.version(version) />
            <input type="hidden" name="back" value=back.clone() />
            <input
                class="input cap-input"
                id=cell_id(index)
                name="limit"
                value=typed.get_untracked()
                prop:value=typed
                placeholder="Pool"
                autocomplete="off"
                aria-label=format!("Quota cap of {}", member.name)
                aria-describedby=describes
                aria-invalid=move || error.any().is_some().then_some("true")
                aria-busy=move || pending.get().then_some("true")
                on:input=move |event| {
                    drafts.keep(of, event_target_value(&event), version);
                    typed.set(event_target_value(&event));
                }
                on:keydown=on_keydown
            />
            <span class="sub cap-note" id=note_id>{note}</span>
            <span role="alert">
                {move || error.any().map(|error| problem(&error, typed.get(), &back))}
            </span>
        </PostForm>
    }
}

fn cell_id(index: usize) -> String {
    format!("cap-{index}")
}

fn focus_cell(event: &KeyboardEvent, index: Option<usize>) {
    event.prevent_default();
    if let Some(index) = index {
        focus(&cell_id(index));
    }
}

/// What the limit in force comes to, and when it ends.
fn note_on_saved(member: &MemberRow) -> String {
    let credits = member.limit.map(|limit| format::counted(limit, "credit"));
    let percent = matches!(member.schedule.cap, Some(CreditCap::Percent { .. }));
    let ends = member.ends.as_ref().map(|end| {
        let then = member.schedule.then;
        let then = then.map_or_else(|| "pool".to_owned(), |cap| cap.to_string());
        format!("until {}, then {then}", end.text)
    });
    [credits.filter(|_| percent), ends].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What would be saved.
fn note_on_typed(typed: &str, base: i64) -> String {
    let meaning = match typed.trim() {
        "" => "shares the pool".to_owned(),
        text => match text.parse() {
            Ok(CreditCap::Credits { .. }) => "credits".to_owned(),
            Ok(CreditCap::Percent { basis_points }) => {
                format!("about {}", format::counted(format::part(base, basis_points), "credit"))
            }
            Err(_) => return "credits such as 500, or a share such as 20%".to_owned(),
        },
    };
    format!("{meaning} · Enter saves")
}

/// What went wrong; where somebody else was faster, both values and the choice between them.
fn problem(error: &AppError, typed: String, back: &str) -> AnyView {
    let Some(now) = &error.now else {
        return view! { <span class="field-error">{error.message.clone()}</span> }.into_any();
    };
    let mine = if typed.trim().is_empty() { "the pool".to_owned() } else { typed };
    view! {
        <dialog class="stale" open aria-label="Somebody else changed this limit">
            <p>{format!("Somebody else changed this meanwhile: {}. You typed {mine}.", now.summary)}</p>
            <p class="stale-choice">
                <button class="button button-small button-primary" type="submit">
                    "Save mine"
                </button>
                <a class="button button-small" href=TableAddress::read(back).here() rel="external">
                    "Keep theirs"
                </a>
            </p>
        </dialog>
    }
    .into_any()
}
