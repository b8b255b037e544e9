//! The dialogs that change an operation with its prices, or a meter.

use crate::{
    navigation::RATE_CARD,
    server_fns::catalogue::{OperatorSaveMeter, OperatorSaveOperation},
    ui::{Dialog, FormError, FormFooter, PostForm, SelectField, TextField, format, use_posting},
};
use domain::{
    catalogue::MeterKind,
    console::{MeterRow, OperationRow},
};
use leptos::prelude::*;

/// The dialog of an operation, or of a new one.
pub(super) fn operation_dialog(operation: Option<&OperationRow>, meters: &[MeterRow]) -> AnyView {
    let (title, opener) = match operation {
        Some(of) => (format!("Edit {}", of.name), format!("edit-operation-{}", of.code)),
        None => ("New operation".to_owned(), "new-operation".to_owned()),
    };
    let (operation, meters) = (operation.cloned(), meters.to_vec());
    view! {
        <Dialog title close=RATE_CARD.to_owned() opener>
            <OperationForm operation=operation.clone() meters=meters.clone() />
        </Dialog>
    }
    .into_any()
}

#[component]
fn OperationForm(
    /// The operation as it is; a new one, if none.
    operation: Option<OperationRow>,
    /// What it can take from.
    meters: Vec<MeterRow>,
) -> impl IntoView {
    let posting = use_posting::<OperatorSaveOperation>();
    let error = FormError::of(posting);
    let version = operation.as_ref().map_or(0, |operation| operation.version);
    let code = operation.as_ref().map(|operation| operation.code.to_string());
    let name = operation.as_ref().map(|operation| operation.name.clone()).unwrap_or_default();
    let reload = code.as_ref().map(|code| format!("{RATE_CARD}?operation={code}"));
    let prices = operation.map(|operation| operation.prices).unwrap_or_default();
    let fields = meters.iter().map(|meter| {
        let price = prices.iter().find(|price| price.0 == meter.code).map(|price| price.1);
        price_field(meter, price, error)
    });
    let fields = fields.collect_view();
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="version" value=error.version(version) />
            {code_field(code, error)}
            <TextField name="name" label="Name" value=error.text("name", name) required=true error />
            <fieldset class="fieldset">
                <legend>"One unit takes"</legend>
                <p class="field-hint">
                    "In the meter’s smallest unit. Empty: nothing. An operation that takes nothing is \
                     free and never blocked."
                </p>
                <div class="field-row">{fields}</div>
            </fieldset>
            <FormFooter
                error
                fields=&["code", "name"]
                pending=posting.pending()
                button="Save"
                reload=reload.unwrap_or_else(|| RATE_CARD.to_owned())
            />
        </PostForm>
    }
}

/// The code of what exists goes along unseen; that of something new is asked for.
fn code_field(code: Option<String>, error: FormError) -> AnyView {
    match code {
        Some(code) => view! { <input type="hidden" name="code" value=code /> }.into_any(),
        None => view! {
            <TextField
                name="code"
                label="Code"
                value=error.text("code", String::new())
                hint="Stays for ever: a-z, 0-9 and _, such as send_fax."
                required=true
                autofocus=error.none_yet()
                error
            />
        }
        .into_any(),
    }
}

fn price_field(meter: &MeterRow, price: Option<i64>, error: FormError) -> impl IntoView + use<> {
    let name = format!("prices[{}]", meter.code);
    let id = format!("price-{}", meter.code);
    let value = error.text(&name, price.map(format::grouped).unwrap_or_default());
    let wrong = {
        let name = name.clone();
        move || error.at(&name)
    };
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>{meter.name.clone()}</label>
            <input
                class="input"
                id=id
                name=name
                value=value
                inputmode="numeric"
                autocomplete="off"
                placeholder="–"
            />
            <p class="field-error">{wrong}</p>
        </div>
    }
}

/// The dialog of a meter, or of a new one.
pub(super) fn meter_dialog(meter: Option<&MeterRow>) -> AnyView {
    let (title, opener) = match meter {
        Some(meter) => (format!("Edit {}", meter.name), format!("edit-meter-{}", meter.code)),
        None => ("New meter".to_owned(), "new-meter".to_owned()),
    };
    let meter = meter.cloned();
    view! {
        <Dialog title close=RATE_CARD.to_owned() opener>
            <MeterForm meter=meter.clone() />
        </Dialog>
    }
    .into_any()
}

#[component]
fn MeterForm(
    /// The meter as it is; a new one, if none.
    meter: Option<MeterRow>,
) -> impl IntoView {
    let posting = use_posting::<OperatorSaveMeter>();
    let error = FormError::of(posting);
    let version = meter.as_ref().map_or(0, |meter| meter.version);
    let code = meter.as_ref().map(|meter| meter.code.to_string());
    let reload = code.as_ref().map(|code| format!("{RATE_CARD}?meter={code}"));
    let text = |name: &str, of: fn(&MeterRow) -> String| {
        error.text(name, meter.as_ref().map(of).unwrap_or_default())
    };
    let (name, unit) = (text("name", |of| of.name.clone()), text("unit", |of| of.unit.clone()));
    view! {
        <PostForm posting class="form">
            <input type="hidden" name="version" value=error.version(version) />
            {code_field(code, error)}
            <TextField name="name" label="Name" value=name required=true error />
            <TextField name="unit" label="Unit" value=unit hint="Such as emails." required=true error />
            {counting(meter.as_ref(), error)}
            <FormFooter
                error
                fields=&["code", "name", "unit", "scale", "kind"]
                pending=posting.pending()
                button="Save"
                reload=reload.unwrap_or_else(|| RATE_CARD.to_owned())
            />
        </PostForm>
    }
}

/// How a meter counts can be chosen only while it is new.
fn counting(meter: Option<&MeterRow>, error: FormError) -> AnyView {
    if let Some(meter) = meter {
        return view! {
            <input type="hidden" name="kind" value=meter.kind.code() />
            <input type="hidden" name="scale" value=meter.scale.to_string() />
            <p class="field-hint">
                "How it counts stays as it was made: what was counted would mean something else."
            </p>
        }
        .into_any();
    }
    let kinds = [
        (MeterKind::Counter, "Counter: starts anew each period"),
        (MeterKind::Gauge, "Gauge: what there is, goes up and down"),
    ];
    let kinds = kinds.map(|(kind, text)| (kind.code().to_owned(), text.to_owned()));
    view! {
        <SelectField
            name="kind"
            label="Counts"
            options=kinds.to_vec()
            value=error.text("kind", "counter".to_owned())
            error
        />
        <TextField
            name="scale"
            label="Decimal places"
            value=error.text("scale", "0".to_owned())
            hint="Of its unit: at 2, an amount of 150 is 1.50."
            required=true
            error
        />
    }
    .into_any()
}
