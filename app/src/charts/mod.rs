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
mod plot;
mod scale;
mod table;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use domain::{catalogue::MeterKind, plan_report::Meter, units::Unit};
use leptos::prelude::*;
use marks::{Marks, class};
use scale::Scale;

/// The most series that a chart tells apart; those that come to least are summed up beyond.
const MOST_SERIES: usize = 8;
/// The most days of which each has a bar of its own.
const MOST_BARS: usize = 45;

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
    /// The days, in their order. Those without an amount are to come, and are left empty.
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
    /// One amount for each day that is not to come.
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
    /// The history of a meter, without a limit.
    pub(crate) fn of_meter(
        id: String,
        meter: &Meter,
        days: Vec<NaiveDate>,
        series: Vec<Series>,
        currency: &str,
    ) -> Self {
        let counter = meter.kind == MeterKind::Counter;
        let when = if counter { "by day" } else { "at the end of each day" };
        Self {
            id,
            title: format!("{} {when}", meter.name),
            shape: if counter && days.len() <= MOST_BARS { Shape::Bars } else { Shape::Area },
            kind: meter.kind,
            days,
            series,
            unit: meter.unit.clone(),
            currency: currency.to_owned(),
            limit: None,
        }
    }

    /// The chart with its table.
    pub(crate) fn view(mut self) -> AnyView {
        self.series = few(self.series, self.days.len());
        let empty = if self.known().is_empty() {
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

    /// The days that are not to come.
    fn known(&self) -> &[NaiveDate] {
        let known = self.series.first().map_or(0, |series| series.amounts.len());
        &self.days[..known]
    }

    /// All series together on each day.
    fn totals(&self) -> Vec<i64> {
        (0..self.known().len())
            .map(|day| sum(self.series.iter().map(|of| of.amounts[day])))
            .collect()
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
}

/// The course of a meter beside its name, without any text of its own.
pub(crate) fn sparkline(amounts: &[i64], label: String) -> AnyView {
    let below = |of: &i64| (*of).min(0);
    let lowest = amounts.iter().map(below).min().unwrap_or_default();
    let highest = amounts.iter().copied().max().unwrap_or_default().max(0);
    let series = Series { name: String::new(), amounts: amounts.to_vec() };
    let Marks { view_box, drawing } =
        marks::draw(Shape::Area, &[series], amounts.len(), Scale::close(lowest, highest));
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

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// As many series as can be told apart, all for the same days, of which there are at most `days`: of
/// more series those that come to most, and all others as one.
fn few(mut series: Vec<Series>, days: usize) -> Vec<Series> {
    let known = series.iter().map(|of| of.amounts.len()).max().unwrap_or_default().min(days);
    for of in &mut series {
        of.amounts.resize(known, 0);
    }
    if series.len() <= MOST_SERIES {
        return series;
    }
    series.sort_by_key(|of| std::cmp::Reverse(sum(of.amounts.iter().copied())));
    let others = series.split_off(MOST_SERIES);
    let amounts = (0..known).map(|day| sum(others.iter().map(|of| of.amounts[day]))).collect();
    series.push(Series { name: format!("{} others", others.len()), amounts });
    series
}
