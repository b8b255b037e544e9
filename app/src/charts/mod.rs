//! Charts of what was used by day, drawn by the server alone: SVG that fits any width, with the same
//! numbers as a table under it.
//!
//! The picture is in parts. `charts-rs` draws the areas and bars (`marks`), which stretch to the
//! width that there is. Everything that is read is written by the page around them, in its font and
//! at its size: the amounts beside the chart (`scale`), the days under it (`days`), and the limit.
//! Over it lies one invisible target for each day, whose text is what a tooltip shows; `ui::ChartTip`
//! makes those reachable by touch and keyboard.
//!
//! `charts-rs` counts in `f32`. It gets heights in ten-thousandths of the chart, and no amount: all
//! texts come from the exact amounts.

mod days;
mod marks;
mod scale;
mod table;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use domain::{catalogue::MeterKind, units::Unit};
use leptos::prelude::*;
use marks::{Marks, class};
use scale::{Scale, percent};

/// The most series that a chart tells apart; those that come to least are summed up beyond.
const MOST_SERIES: usize = 8;
/// How often the largest amount goes into a limit that is still drawn: one further up would press
/// everything else flat.
const FURTHEST_LIMIT: i64 = 3;

/// What was used, day by day.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// The ids in it begin with this; no other chart of the page has it.
    pub(crate) id: String,
    /// What it shows.
    pub(crate) title: String,
    /// How it is drawn.
    pub(crate) shape: Shape,
    /// Whether amounts are levels at the end of each day, or come on top of one another.
    pub(crate) kind: MeterKind,
    /// The days, in their order.
    pub(crate) days: Vec<NaiveDate>,
    /// What is shown of each day; several are stacked.
    pub(crate) series: Vec<Series>,
    /// What amounts are counted in.
    pub(crate) unit: Unit,
    /// The currency of amounts of money.
    pub(crate) currency: String,
    /// A limit on the amounts of a day.
    pub(crate) limit: Option<Limit>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A line with what is under it: for many days, and for levels.
    Area,
    /// A bar for each day.
    Bars,
}

impl Shape {
    /// The class of what is filled with the colour of a series.
    fn mark(self) -> &'static str {
        match self {
            Self::Area => "chart-area",
            Self::Bars => "chart-bar",
        }
    }
}

/// One of the things that a chart tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// Its name.
    pub(crate) name: String,
    /// One amount for each day.
    pub(crate) amounts: Vec<i64>,
}

/// A line across a chart.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    /// What it is called.
    pub(crate) label: String,
    /// Where it is.
    pub(crate) amount: i64,
}

impl Chart {
    /// The chart with its table.
    pub(crate) fn view(mut self) -> AnyView {
        self.series = few(self.series, self.days.len());
        let empty = if self.days.is_empty() {
            Some("There is no history yet.")
        } else if self.series.iter().all(|series| series.amounts.iter().all(|of| *of == 0)) {
            Some("Nothing was used in this time.")
        } else {
            None
        };
        let content = match empty {
            Some(empty) => view! { <p class="chart-empty">{empty}</p> }.into_any(),
            None => view! { {self.legend()} {self.plot()} {self.limit_in_words()} {self.table()} }
                .into_any(),
        };
        view! {
            <figure class="chart" class:chart-stacked={self.series.len() > 1}>
                <figcaption class="chart-title" id=self.id_of("title")>
                    {self.title.clone()}
                </figcaption>
                {content}
            </figure>
        }
        .into_any()
    }

    fn id_of(&self, part: &str) -> String {
        format!("{}-{part}", self.id)
    }

    fn amount(&self, amount: i64) -> String {
        self.unit.text(amount, &self.currency)
    }

    /// All series together on each day.
    fn totals(&self) -> Vec<i64> {
        (0..self.days.len()).map(|day| sum(self.series.iter().map(|of| of.amounts[day]))).collect()
    }

    /// What a series comes to: what its days add up to, or the level at the end.
    fn outcome(&self, amounts: &[i64]) -> i64 {
        match self.kind {
            MeterKind::Counter => sum(amounts.iter().copied()),
            MeterKind::Gauge => amounts.last().copied().unwrap_or_default(),
        }
    }

    /// The names of several series, with what each comes to.
    fn legend(&self) -> Option<impl IntoView + use<>> {
        let mark = self.shape.mark();
        let entry = |(index, series): (usize, &Series)| {
            let line = (self.shape == Shape::Area).then(|| {
                view! { <line class="chart-line" x2="100%" y1="1" y2="1"></line> }
            });
            view! {
                <li>
                    <svg class=format!("chart-key {}", class(index)) aria-hidden="true">
                        <rect class=mark width="100%" height="100%"></rect>
                        {line}
                    </svg>
                    {series.name.clone()}
                    " "
                    <span class="unit">{self.amount(self.outcome(&series.amounts))}</span>
                </li>
            }
        };
        (self.series.len() > 1).then(|| {
            view! {
                <ul class="chart-legend">
                    <li class="quiet">"From the bottom up:"</li>
                    {self.series.iter().enumerate().map(entry).collect_view()}
                </ul>
            }
        })
    }

    /// The chart itself between its amounts and its days.
    fn plot(&self) -> impl IntoView + use<> {
        let scale = self.scale();
        let amounts =
            scale.steps().map(|amount| view! { <span>{self.amount(amount)}</span> }).collect_view();
        let lines = scale
            .steps()
            .map(|amount| {
                let y = scale.from_top(amount);
                let class = if amount == 0 { "chart-base" } else { "chart-step" };
                view! { <line class=class x2="100%" y1=y.clone() y2=y></line> }
            })
            .collect_view();
        let days = days::named(&self.days).into_iter().map(|(index, text)| {
            let (x, anchor) = self.place(index);
            view! { <text x=x y="1em" text-anchor=anchor>{text}</text> }
        });
        let Marks { view_box, drawing } = marks::draw(self.shape, &self.series, &scale);
        view! {
            <div class="chart-plot">
                <div class="chart-amounts" aria-hidden="true">
                    {amounts}
                </div>
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
                    {self.limit_line(&scale)}
                    {self.targets()}
                </svg>
                <svg class="chart-days" aria-hidden="true">
                    {days.collect_view()}
                </svg>
            </div>
        }
    }

    fn scale(&self) -> Scale {
        let day = |index: usize| self.series.iter().map(move |series| series.amounts[index]);
        let days = 0..self.days.len();
        // What is above zero and what is below are stacked on either side of it.
        let lowest = days.clone().map(|index| sum(day(index).filter(|amount| *amount < 0))).min();
        let highest = days.map(|index| sum(day(index).filter(|amount| *amount > 0))).max();
        let (lowest, highest) = (lowest.unwrap_or_default(), highest.unwrap_or_default());
        let drawn = self.limit.as_ref().filter(|limit| is_near(limit, highest));
        Scale::over(lowest, highest.max(drawn.map_or(0, |limit| limit.amount)))
    }

    /// The middle of a day, and which way a text goes from there so that it stays inside.
    fn place(&self, index: usize) -> (String, &'static str) {
        let x = (index * 2 + 1) * 5_000 / self.days.len();
        let anchor = match x {
            ..400 => "start",
            9_601.. => "end",
            _ => "middle",
        };
        (percent(x), anchor)
    }

    fn limit_line(&self, scale: &Scale) -> Option<impl IntoView + use<>> {
        let limit = self.limit.as_ref().filter(|limit| scale.reaches(limit.amount))?;
        let y = scale.from_top(limit.amount);
        let label = format!("{}: {}", limit.label, self.amount(limit.amount));
        Some(view! {
            <line class="chart-limit" x2="100%" y1=y.clone() y2=y.clone()></line>
            <text class="chart-limit-label" x="100%" y=y dy="-0.4em" text-anchor="end">
                {label}
            </text>
        })
    }

    /// For a limit that is too far up to be drawn.
    fn limit_in_words(&self) -> Option<impl IntoView + use<>> {
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
                {self.days.iter().enumerate().map(target).collect_view()}
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
        let days = self.days.iter().zip(&totals);
        // The first of several that are equal.
        let most = days.rev().max_by_key(|(_, total)| **total);
        let (Some(first), Some(last), Some((day, most))) =
            (self.days.first(), self.days.last(), most)
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

/// The course of a meter beside its name, without any text of its own.
pub(crate) fn sparkline(amounts: &[i64], label: String) -> AnyView {
    let below = |of: &i64| (*of).min(0);
    let lowest = amounts.iter().map(below).min().unwrap_or_default();
    let highest = amounts.iter().copied().max().unwrap_or_default().max(0);
    let series = Series { name: String::new(), amounts: amounts.to_vec() };
    let Marks { view_box, drawing } =
        marks::draw(Shape::Area, &[series], &Scale::close(lowest, highest));
    view! {
        <svg
            class="sparkline"
            role="img"
            aria-label=label
            viewBox=view_box
            preserveAspectRatio="none"
            inner_html=drawing
        ></svg>
    }
    .into_any()
}

/// Whether a limit can be drawn without pressing the amounts flat.
fn is_near(limit: &Limit, highest: i64) -> bool {
    limit.amount <= highest.saturating_mul(FURTHEST_LIMIT)
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// As many series as can be told apart, each with an amount for every day: of more, those that come
/// to most, and all others as one.
fn few(mut series: Vec<Series>, days: usize) -> Vec<Series> {
    for of in &mut series {
        of.amounts.resize(days, 0);
    }
    if series.len() <= MOST_SERIES {
        return series;
    }
    series.sort_by_key(|of| std::cmp::Reverse(sum(of.amounts.iter().copied())));
    let others = series.split_off(MOST_SERIES);
    let amounts = (0..days).map(|day| sum(others.iter().map(|of| of.amounts[day]))).collect();
    series.push(Series { name: format!("{} others", others.len()), amounts });
    series
}
