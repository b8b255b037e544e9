//! The picture itself: what is drawn, and what is written around it and says of each day.

use super::{
    Chart, Limit, days,
    marks::{self, Marks},
    scale::{Scale, at, percent},
    sum,
};
use chrono::NaiveDate;
use domain::catalogue::MeterKind;
use leptos::prelude::*;

/// How often the largest amount goes into a limit that is still drawn: one further up would press
/// everything else flat.
const FURTHEST_LIMIT: i64 = 3;

impl Chart {
    /// The chart itself between its amounts and its days.
    pub(super) fn plot(&self) -> impl IntoView + use<> {
        let scale = self.scale();
        let amounts =
            scale.steps().map(|amount| view! { <span>{self.amount(amount)}</span> }).collect_view();
        let lines = scale
            .steps()
            .map(|amount| {
                let y = percent(scale.down_to(amount));
                let class = if amount == 0 { "chart-base" } else { "chart-step" };
                view! { <line class=class x2="100%" y1=y.clone() y2=y></line> }
            })
            .collect_view();
        let days = days::named(&self.days).into_iter().map(|(index, text)| {
            view! { <span class=self.place(index)>{text}</span> }
        });
        let (limit_line, limit_label) = self.drawn_limit(scale).unzip();
        let Marks { view_box, drawing } =
            marks::draw(self.shape, &self.series, self.days.len(), scale);
        view! {
            <div class="chart-plot">
                <div class="chart-amounts" aria-hidden="true">
                    {amounts}
                </div>
                <div class="chart-box">
                <svg
                    class="chart-svg"
                    id=self.id_of("plot")
                    role="img"
                    tabindex="0"
                    aria-labelledby=self.id_of("title")
                    aria-describedby=self.id_of("about")
                >
                    <desc id=self.id_of("about")>{self.description()}</desc>
                    {lines}
                    <svg
                        viewBox=view_box
                        preserveAspectRatio="none"
                        width="100%"
                        height="100%"
                        inner_html=drawing
                    ></svg>
                    {limit_line}
                    {self.targets()}
                </svg>
                {limit_label}
                </div>
                <div class="chart-days" aria-hidden="true">
                    {days.collect_view()}
                </div>
            </div>
        }
    }

    fn scale(&self) -> Scale {
        let day = |index: usize| self.series.iter().map(move |series| series.amounts[index]);
        let days = 0..self.known().len();
        // What is above zero and what is below are stacked on either side of it.
        let lowest = days.clone().map(|index| sum(day(index).filter(|amount| *amount < 0))).min();
        let highest = days.map(|index| sum(day(index).filter(|amount| *amount > 0))).max();
        let (lowest, highest) = (lowest.unwrap_or_default(), highest.unwrap_or_default());
        let drawn = self.limit.as_ref().filter(|limit| is_near(limit, highest));
        Scale::over(lowest, highest.max(drawn.map_or(0, |limit| limit.amount)))
    }

    /// The middle of a day. At the ends a text goes inwards from there.
    fn place(&self, index: usize) -> String {
        let x = (index * 2 + 1) * 5_000 / self.days.len();
        let end = match x {
            ..400 => " at-start",
            9_601.. => " at-end",
            _ => "",
        };
        at(x) + end
    }

    /// The line of the limit and what it is called, where it is drawn.
    fn drawn_limit(&self, scale: Scale) -> Option<(impl IntoView + use<>, impl IntoView + use<>)> {
        let limit = self.limit.as_ref().filter(|limit| scale.reaches(limit.amount))?;
        let down = scale.down_to(limit.amount);
        let (y, class) = (percent(down), format!("chart-limit-label {}", at(down)));
        let label = format!("{}: {}", limit.label, self.amount(limit.amount));
        Some((
            view! { <line class="chart-limit" x2="100%" y1=y.clone() y2=y></line> },
            view! { <span class=class>{label}</span> },
        ))
    }

    /// For a limit that is too far up to be drawn.
    pub(super) fn limit_in_words(&self) -> Option<impl IntoView + use<>> {
        let limit = self.limit.as_ref().filter(|limit| !self.scale().reaches(limit.amount))?;
        let (label, amount) = (&limit.label, self.amount(limit.amount));
        Some(view! {
            <p class="sub">{format!("{label}: {amount}, far above what is drawn.")}</p>
        })
    }

    /// One invisible target for each day, in a picture of its own: a day is one wide there.
    fn targets(&self) -> impl IntoView + use<> {
        let totals = self.totals();
        let target = |(index, day): (usize, &NaiveDate)| {
            view! {
                <rect x=index.to_string() width="1" height="1">
                    <title>{self.tip(index, *day, totals[index])}</title>
                </rect>
            }
        };
        view! {
            <svg
                class="chart-targets"
                viewBox=format!("0 0 {} 1", self.days.len())
                preserveAspectRatio="none"
                width="100%"
                height="100%"
            >
                {self.known().iter().enumerate().map(target).collect_view()}
            </svg>
        }
    }

    /// What there is to say about a day, line by line.
    fn tip(&self, index: usize, day: NaiveDate, total: i64) -> String {
        let mut lines = vec![days::text(day)];
        let several = self.series.len() > 1;
        let line = |name: &str, amount| format!("{name}: {}", self.amount(amount));
        // From the top down, as they are stacked; without those that had no part in it.
        let shown = self.series.iter().rev().map(|series| (&series.name, series.amounts[index]));
        let shown = shown.filter(|(_, amount)| !several || *amount != 0);
        lines.extend(shown.map(|(name, amount)| line(name, amount)));
        if several {
            lines.push(line("Total", total));
        }
        lines.join("\n")
    }

    /// The chart in a few words, for those who can't see it.
    fn description(&self) -> String {
        let totals = self.totals();
        let days = self.known().iter().zip(&totals);
        // The first of several that are equal.
        let most = days.rev().max_by_key(|(_, total)| **total);
        let (Some(first), Some(last), Some((day, most))) =
            (self.known().first(), self.known().last(), most)
        else {
            return String::new();
        };
        let outcome = self.amount(self.outcome(&totals));
        let outcome = match self.kind {
            MeterKind::Counter => format!("{outcome} in all"),
            MeterKind::Gauge => format!("{outcome} at the end"),
        };
        format!(
            "By day from {} to {}: {outcome}, at most {} on {}.",
            days::text(*first),
            days::text(*last),
            self.amount(*most),
            days::text(*day),
        )
    }
}

/// Whether a limit can be drawn without pressing the amounts flat.
fn is_near(limit: &Limit, highest: i64) -> bool {
    limit.amount <= highest.saturating_mul(FURTHEST_LIMIT)
}
