//! Symbols, drawn with strokes in the colour of the text around them.

use leptos::prelude::*;

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// Limits and credits.
    Gauge,
    /// Packs of credits.
    Packs,
    /// What was agreed.
    Plan,
    /// Money that is spent.
    Spend,
    /// Money that somebody spends.
    UserSpend,
    /// Parts of a whole.
    Parts,
    /// More of something.
    Raise,
    /// What was used, over time.
    History,
    /// What there is to say about a month.
    Report,
    /// What was done, line by line.
    Log,
    /// What was used.
    Usage,
    /// One's own.
    Person,
    /// Everybody.
    People,
    /// An account and its keys.
    Key,
    /// Something that people are told.
    Bell,
    /// Where messages go.
    Channel,
    /// Something to look at before it hurts.
    Warning,
    /// Something went well.
    Done,
    /// Closes what it stands in.
    Close,
    /// Customers.
    Organizations,
    /// Plans.
    Plans,
    /// What operations cost.
    RateCard,
    /// Opens the navigation.
    Menu,
    /// Signs out.
    Leave,
}

impl Symbol {
    /// Its strokes on a grid of 16 by 16.
    fn path(self) -> &'static str {
        match self {
            Self::Gauge => "M2 12a6 6 0 1 1 12 0M8 12l3-4.5M2 12h12",
            Self::Packs => "M8 2 14 5 8 8 2 5 8 2ZM2 8l6 3 6-3M2 11l6 3 6-3",
            Self::Plan => "M2.5 3h11v10h-11ZM2.5 6.5h11M5 9.5h3.5",
            Self::Spend => {
                "M12.5 6V3.5h-9a1.25 1.25 0 0 0 0 2.5h10v7h-10A1.25 1.25 0 0 1 2.25 11.75v-7M10.75 9.5v.1"
            }
            Self::UserSpend => {
                "M5.5 7a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM1.5 13.5a4 4 0 0 1 4-4.25M8 8.5h6.5v5H8ZM12 11v.1"
            }
            Self::Parts => "M6 2h4v4H6zM2 10h4v4H2zM10 10h4v4h-4zM8 6v2M4 10V8h8v2",
            Self::Raise => "M8 13.5v-11M3.5 7 8 2.5 12.5 7",
            Self::History => "M2 2v12h12M4.5 11l3-4 2.5 2 4-5.5",
            Self::Report => "M3.5 1.5h6l3 3v10h-9ZM9.5 1.5v3h3M5.5 12V9.5M8 12V7M10.5 12v-1.5",
            Self::Log => "M2.5 4h.1M2.5 8h.1M2.5 12h.1M5.5 4h8M5.5 8h8M5.5 12h5",
            Self::Usage => "M2 13.5h12M4 11V8M8 11V3.5M12 11V6",
            Self::Person => {
                "M8 7.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.75 14a5.25 5.25 0 0 1 10.5 0"
            }
            Self::People => {
                "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 2.75a2.5 2.5 0 0 1 0 4.5M12 9.5a4.5 4.5 0 0 1 2.5 4"
            }
            Self::Key => "M6 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM8.5 7.5 14 2M11 5l2 2",
            Self::Channel => "M2.5 8 13.5 3 11 13.5 7.5 9.5ZM7.5 9.5 13.5 3",
            Self::Bell => "M3 11.5c1-1 1-2 1-4a4 4 0 0 1 8 0c0 2 0 3 1 4ZM6.5 14h3",
            Self::Warning => "M8 2 1.5 13.5h13L8 2ZM8 6.5v3.25M8 11.75v.1",
            Self::Done => "M2.5 8.5 6.5 12.5 13.5 4",
            Self::Close => "M3.5 3.5l9 9M12.5 3.5l-9 9",
            Self::Organizations => {
                "M2.5 14V2.5h7V14M9.5 6.5h4V14M1.5 14h13M5 5.5h2M5 8.5h2M5 11.5h2"
            }
            Self::Plans => "M8 2 2 5l6 3 6-3-6-3ZM2 8l6 3 6-3M2 11l6 3 6-3",
            Self::RateCard => "M2 2h5.5L14 8.5 8.5 14 2 7.5ZM5 5v.1",
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Leave => "M9.5 2.5h4v11h-4M2.5 8h7M5.5 5l-3 3 3 3",
        }
    }
}

/// A symbol next to a text that says the same, so that it is silent for screen readers.
#[component]
pub(crate) fn Icon(
    /// Which.
    symbol: Symbol,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d=symbol.path()></path>
        </svg>
    }
}
