//! Tables as CSV, for people to open in a spreadsheet (SPEC section 12).

use crate::{Error, Result};
use csv::{Terminator, WriterBuilder};

/// A table with a header. A cell that a spreadsheet would take for a formula begins with an
/// apostrophe, which makes it a text.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<String> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: csv::Error| {
        tracing::error!(%error, "a table could not be written");
        Error::Internal
    };
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.write_record(row.map(without_formula)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    String::from_utf8(bytes).map_err(|_| Error::Internal)
}

/// A negative number is none: `-5` stays what it is.
fn without_formula(cell: String) -> String {
    let suspicious = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if suspicious && cell.parse::<i64>().is_err() { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_start_a_formula() {
        let rows = [
            ["Ann, \"the boss\"".to_owned(), "=HYPERLINK(\"x\")".to_owned()],
            ["-5".to_owned(), "@sum".to_owned()],
            ["+1-2".to_owned(), "a=b".to_owned()],
        ];
        assert_eq!(
            table(["name", "note"], rows).unwrap(),
            "name,note\r\n\"Ann, \"\"the boss\"\"\",\"'=HYPERLINK(\"\"x\"\")\"\r\n-5,'@sum\r\n'+1-2,a=b\r\n"
        );
    }
}
