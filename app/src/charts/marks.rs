//! The areas and bars of a chart, drawn by `charts-rs` without any text, colour or frame.

use super::{
    MOST_SERIES, Series, Shape,
    scale::{HEIGHT, Scale},
};
use charts_rs::{
    BarChart, ChartBase, Color, LineChart, Margin, Series as Drawn, Symbol, YAxisConfig,
    compact_svg,
};
use leptos::logging::error;

/// The width of a day: wide enough for the gap between two bars, which is always the same.
const DAY: f32 = 40.0;

/// A picture without its frame.
pub(super) struct Marks {
    /// Its coordinates.
    pub(super) view_box: String,
    /// What is inside.
    pub(super) drawing: String,
}

/// The class that gives a series its colour and its dashes.
pub(super) fn class(index: usize) -> String {
    format!("series-{}", index + 1)
}

/// Draws `series` one upon the other, with room for so many days.
pub(super) fn draw(shape: Shape, series: &[Series], days: usize, scale: Scale) -> Marks {
    let drawn: Vec<Drawn> = series.iter().map(|series| heights(series, scale)).collect();
    // One day has no area.
    let known = series.first().map_or(0, |series| series.amounts.len());
    let shape = if known < 2 { Shape::Bars } else { shape };
    let svg = match shape {
        Shape::Area => area(drawn, days, scale),
        Shape::Bars => bars(drawn, days, scale),
    };
    // The table has the numbers in any case.
    let svg = svg.inspect_err(|e| error!("a chart could not be drawn: {e}")).unwrap_or_default();
    let svg = compact_svg(&without_values(&svg));
    let view_box = between(&svg, "viewBox=\"", "\"").unwrap_or("0 0 1 1").to_owned();
    let inside = svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"));
    let drawing = inside.map_or("", |(inside, _)| inside);
    Marks { view_box, drawing: in_classes(drawing, shape, series.len()) }
}

fn heights(series: &Series, scale: Scale) -> Drawn {
    let heights = series.amounts.iter().map(|amount| f32::from(scale.height(*amount)));
    let mut drawn = Drawn::new(String::new(), heights.collect());
    drawn.stack = Some("all".to_owned());
    drawn
}

fn area(series: Vec<Drawn>, days: usize, scale: Scale) -> charts_rs::Result<String> {
    let mut chart = LineChart::new(series, vec![String::new(); days]);
    chart.y_axis_configs = vec![axis(scale)];
    bare(&mut chart.base, days);
    chart.svg()
}

fn bars(series: Vec<Drawn>, days: usize, scale: Scale) -> charts_rs::Result<String> {
    let mut chart = BarChart::new(series, vec![String::new(); days]);
    chart.y_axis_configs = vec![axis(scale)];
    bare(&mut chart.base, days);
    chart.svg()
}

fn axis(scale: Scale) -> YAxisConfig {
    let (bottom, top) = scale.ends();
    YAxisConfig {
        min: Some(f32::from(bottom)),
        max: Some(f32::from(top)),
        split_number: 1,
        ..YAxisConfig::default()
    }
}

/// Leaves of a chart nothing but its marks.
fn bare(base: &mut ChartBase, days: usize) {
    base.width = f32::from(u16::try_from(days).unwrap_or(u16::MAX)) * DAY;
    base.height = f32::from(HEIGHT) / 10.0;
    base.margin = Margin::default();
    base.background_color = Color::transparent();
    base.x_axis.hidden = true;
    base.y_axis_hidden = true;
    base.legend.show = Some(false);
    base.grid.stroke_width = 0.0;
    base.series.fill = true;
    base.series.fill_opacity = Some(1.0);
    base.series.smooth = false;
    base.series.symbol = Some(Symbol::None);
    base.series.colors = (0..=MOST_SERIES).map(stand_in).collect();
}

/// Stands for the colour of a series, until its class does.
fn stand_in(index: usize) -> Color {
    Color::from((u8::try_from(index).unwrap_or(u8::MAX - 1) + 1, 0, 1))
}

/// Every bar carries the number that it was drawn from, which is a height and no amount.
fn without_values(svg: &str) -> String {
    let mut parts = svg.split(" data-value=\"");
    let first = parts.next().unwrap_or_default();
    let rest = parts.filter_map(|part| part.split_once('"')).map(|(_, rest)| rest);
    std::iter::once(first).chain(rest).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

/// Gives marks classes in place of colours, so that colours are those of the theme.
fn in_classes(drawing: &str, shape: Shape, series: usize) -> String {
    let mark = shape.mark();
    (0..series).fold(drawing.to_owned(), |drawing, index| {
        let (colour, class) = (stand_in(index).hex(), class(index));
        drawing
            .replace(&format!("fill=\"{colour}\""), &format!("class=\"{mark} {class}\""))
            .replace(&format!("stroke=\"{colour}\""), &format!("class=\"chart-line {class}\""))
    })
}
