//! The numbers of a chart.

use super::{Chart, days, sum};
use domain::catalogue::MeterKind;
use leptos::prelude::*;

impl Chart {
    /// The same numbers as in the chart.
    pub(super) fn table(&self) -> impl IntoView + use<> {
        let several = self.series.len() > 1;
        let total = several.then_some("Total");
        let names: Vec<String> = self.series.iter().map(|series| series.name.clone()).collect();
        let names: Vec<String> = names.into_iter().chain(total.map(str::to_owned)).collect();
        let heads = names.iter().map(|name| {
            view! {
                <th scope="col" class="number">
                    {name.clone()}
                </th>
            }
        });
        let heads = heads.collect_view();
        let row = |head: String, amounts: Vec<i64>| {
            let total = several.then(|| sum(amounts.iter().copied()));
            let cells = amounts.into_iter().chain(total).zip(&names).map(|(amount, name)| {
                view! {
                    <td class="number" data-label=name.clone()>
                        {self.amount(amount)}
                    </td>
                }
            });
            view! {
                <tr>
                    <th scope="row" class="nowrap">
                        {head}
                    </th>
                    {cells.collect_view()}
                </tr>
            }
        };
        let of_day = |index| self.series.iter().map(|series| series.amounts[index]).collect();
        let days = self.known().iter().enumerate();
        let rows = days.map(|(index, day)| row(days::text(*day), of_day(index))).collect_view();
        let outcome = (self.kind == MeterKind::Counter).then(|| {
            let sums = self.series.iter().map(|series| self.outcome(&series.amounts));
            row("In all".to_owned(), sums.collect())
        });
        view! {
            <details class="chart-table" id=self.id_of("table")>
                <summary id=self.id_of("summary")>"Show as a table"</summary>
                <div class="table-box">
                    <table class="table table-plain" aria-labelledby=self.id_of("title")>
                        <thead>
                            <tr>
                                <th scope="col">"Day"</th>
                                {heads}
                            </tr>
                        </thead>
                        <tbody>{rows} {outcome}</tbody>
                    </table>
                </div>
            </details>
        }
    }
}
