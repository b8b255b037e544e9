//! What a chart shows is what its table says.

use super::*;
use crate::ui::Html;
use leptos::reactive::owner::Owner;

/// More than an `f32` can tell from its neighbours.
const EXACT: i64 = (1 << 24) + 1;

fn chart(series: &[(&str, Vec<i64>)]) -> Chart {
    let first: NaiveDate = "2026-05-23".parse().unwrap();
    let days = series.first().map_or(0, |(_, amounts)| amounts.len());
    let of = |(name, amounts): &(&str, Vec<i64>)| Series {
        name: (*name).to_owned(),
        amounts: amounts.clone(),
    };
    Chart {
        id: "emails".to_owned(),
        title: "Emails".to_owned(),
        shape: Shape::Bars,
        kind: MeterKind::Counter,
        days: first.iter_days().take(days).collect(),
        series: series.iter().map(of).collect(),
        unit: Unit { unit: "emails".to_owned(), scale: 0 },
        currency: "EUR".to_owned(),
        limit: None,
    }
}

fn html(chart: Chart) -> String {
    let html = Owner::new().with(|| Html::of(chart.view())).as_str().to_owned();
    for forbidden in ["style=", "<style", "<script", "#0", "data-value", "NaN"] {
        assert!(!html.contains(forbidden), "{forbidden} in {html}");
    }
    html
}

/// What stands between `before` and `after`, each time.
fn all<'a>(html: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = html.split(before).skip(1);
    parts.map(|part| part.split_once(after).unwrap().0.trim()).collect()
}

/// Day by day: the lines of the tooltips, and the cells of the table.
fn tips_and_rows(html: &str) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let lines = |tip: &str| tip.lines().map(str::to_owned).collect();
    let tips = all(html, "<title>", "</title>").into_iter().map(lines).collect();
    let body = all(html, "<tbody>", "</tbody>").concat();
    let cell = |cell: &str| {
        let (_, text) = cell.split_once('>').unwrap();
        text.split_once("</t").unwrap().0.to_owned()
    };
    let cells = |row: &str| {
        let cells = row.replace("<th", "<td");
        cells.split("<td").skip(1).map(cell).collect()
    };
    (tips, body.split("<tr>").skip(1).map(cells).collect())
}

#[test]
fn each_day_shows_the_exact_amount_that_the_table_has() {
    for shape in [Shape::Bars, Shape::Area] {
        for days in [1, 2, 30, 184, 1_827] {
            let amounts: Vec<i64> = (0..days).map(|day| EXACT + day * 1_000).collect();
            let html = html(Chart { shape, ..chart(&[("Emails", amounts.clone())]) });
            let (tips, rows) = tips_and_rows(&html);
            assert_eq!(tips.len(), amounts.len());
            assert_eq!(rows.len(), amounts.len() + 1, "and what all days come to");
            for ((tip, row), amount) in tips.iter().zip(&rows).zip(&amounts) {
                let shown = domain::units::grouped(*amount);
                assert_eq!(row[1], shown);
                assert_eq!(tip, &[row[0].clone(), format!("Emails: {shown}")]);
            }
            assert_eq!(rows.last().unwrap()[1], domain::units::grouped(amounts.iter().sum()));
            assert!(all(&html, "class=\"at tens-", "</span>").len() <= 7);
        }
    }
}

#[test]
fn several_series_are_told_apart_by_name_and_come_to_their_total() {
    let html = html(chart(&[("Ann", vec![1, 0]), ("Bob", vec![EXACT, 5])]));
    let (tips, rows) = tips_and_rows(&html);
    assert_eq!(tips[0], ["Sat 23 May 2026", "Bob: 16,777,217", "Ann: 1", "Total: 16,777,218"]);
    assert_eq!(tips[1], ["Sun 24 May 2026", "Bob: 5", "Total: 5"], "nobody who used nothing");
    assert_eq!(rows[0], ["Sat 23 May 2026", "1", "16,777,217", "16,777,218"]);
    assert_eq!(rows[2], ["In all", "1", "16,777,222", "16,777,223"]);
    assert!(html.contains("series-1") && html.contains("series-2"));
    assert!(html.contains("chart-legend"));
}

#[test]
fn beyond_eight_series_the_smallest_are_one() {
    let series: Vec<(String, Vec<i64>)> =
        (1..=11).map(|index| (format!("Member {index}"), vec![index])).collect();
    let series: Vec<(&str, Vec<i64>)> =
        series.iter().map(|(name, amounts)| (name.as_str(), amounts.clone())).collect();
    let (_, rows) = tips_and_rows(&html(chart(&series)));
    assert_eq!(rows[0], ["Sat 23 May 2026", "11", "10", "9", "8", "7", "6", "5", "4", "6", "66"]);
}

#[test]
fn markup_in_a_name_is_text() {
    let html = html(Chart {
        title: "</figcaption><b>Emails</b>".to_owned(),
        limit: Some(Limit { label: "<i>Limit</i>".to_owned(), amount: 1 }),
        ..chart(&[("<b>Ann</b>\"", vec![1, 2]), ("</title><script>", vec![2, 1])])
    });
    for markup in ["<b>", "<i>"] {
        assert!(!html.contains(markup), "{markup} in {html}");
    }
    assert!(html.contains("&lt;b&gt;Ann"));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    for (chart, says) in [
        (chart(&[]), "no history"),
        (chart(&[("Emails", vec![])]), "no history"),
        (chart(&[("Emails", vec![0; 30])]), "Nothing was used"),
    ] {
        let html = html(chart);
        assert!(html.contains(says) && !html.contains("<svg"), "{html}");
    }
}

#[test]
fn amounts_below_zero_have_their_place() {
    for shape in [Shape::Bars, Shape::Area] {
        let html = html(Chart { shape, ..chart(&[("Emails", vec![5, -3, i64::MIN, i64::MAX])]) });
        let (tips, rows) = tips_and_rows(&html);
        assert_eq!(tips[1], ["Sun 24 May 2026", "Emails: −3"]);
        assert_eq!(rows[1][1], "−3");
        assert_eq!(rows[2][1], "−9,223,372,036,854,775,808");
    }
}

#[test]
fn a_limit_is_a_line_unless_it_would_press_everything_flat() {
    let with = |amount| {
        let limit = Some(Limit { label: "Limit".to_owned(), amount });
        html(Chart { limit, ..chart(&[("Emails", vec![10, 100])]) })
    };
    for near in [1, 100, 300] {
        let html = with(near);
        assert_eq!(all(&html, "chart-limit-label", "</span>").len(), 1, "{html}");
        assert!(html.contains(&format!("Limit: {near}")), "{html}");
    }
    let far = with(1_000_000);
    assert!(!far.contains("chart-limit"), "{far}");
    assert!(far.contains("Limit: 1,000,000, far above what is drawn."), "{far}");
    assert_eq!(all(&far, "<span>", "</span>"), ["100", "50", "0"]);
}

#[test]
fn levels_are_not_added_up() {
    let html = html(Chart { kind: MeterKind::Gauge, ..chart(&[("Contacts", vec![7, 9])]) });
    let (_, rows) = tips_and_rows(&html);
    assert_eq!(rows.len(), 2);
    assert!(html.contains("9 at the end, at most 9 on Sun 24 May 2026"), "{html}");
}

#[test]
fn a_series_that_ends_early_has_nothing_on_the_rest_of_the_days() {
    let mut short = chart(&[("Ann", vec![1, 2]), ("Bob", vec![3])]);
    short.series[1].amounts.truncate(1);
    let (_, rows) = tips_and_rows(&html(short));
    assert_eq!(rows[1], ["Sun 24 May 2026", "2", "0", "2"]);
}

#[test]
fn days_to_come_have_room_and_no_numbers() {
    for shape in [Shape::Bars, Shape::Area] {
        let mut month = chart(&[("Credits", vec![5; 30])]);
        month.series[0].amounts.truncate(12);
        let html = html(Chart { shape, ..month });
        let (tips, rows) = tips_and_rows(&html);
        assert_eq!((tips.len(), rows.len()), (12, 13));
        assert!(html.contains("viewBox=\"0 0 30 1\"") && html.contains("viewBox=\"0 0 1200 "));
        assert!(html.contains("to Wed 3 Jun 2026: 60 in all"), "{html}");
    }
}

#[test]
fn a_sparkline_has_a_name_and_no_text() {
    for amounts in [vec![], vec![5], vec![0, 0], vec![3, -1, EXACT]] {
        let html = Owner::new().with(|| Html::of(sparkline(&amounts, "Emails: <b>".to_owned())));
        let html = html.as_str();
        assert!(html.contains("aria-label=\"Emails: &lt;b&gt;\""), "{html}");
        assert!(!html.contains("<text") && !html.contains("style="), "{html}");
    }
}
