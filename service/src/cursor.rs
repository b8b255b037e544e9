//! Where a list goes on: opaque to those who get it and send it back.

use crate::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::input::Invalid;
use serde::{Serialize, de::DeserializeOwned};

/// The longest cursor that is read.
const LONGEST: usize = 2_000;

/// A position as text.
pub(crate) fn write(position: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(position).map_err(store::Error::from)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The position that a text stands for.
pub(crate) fn read<T: DeserializeOwned>(cursor: &str) -> Result<T, Invalid> {
    let bytes = Some(cursor).filter(|cursor| cursor.len() <= LONGEST);
    let bytes = bytes.and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok());
    let position = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    position.ok_or_else(|| Invalid::new("cursor", "is not one that this list was answered with"))
}

/// Leaves `size` things of a list that was loaded with one more, if there is one; and where the list goes
/// on then.
pub(crate) fn cut<T, P: Serialize>(
    found: &mut Vec<T>,
    size: usize,
    position: impl Fn(&T) -> P,
) -> Result<Option<String>> {
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    last.map(|last| write(&position(last))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_is_read() {
        let cursor = write(&("Nörd", 5)).unwrap();
        assert_eq!(read::<(String, i64)>(&cursor), Ok(("Nörd".to_owned(), 5)));
        for bad in ["", "?", "bm8", &cursor[1..], &"A".repeat(LONGEST + 1)] {
            assert_eq!(read::<(String, i64)>(bad).unwrap_err().field, "cursor", "{bad}");
        }
    }
}
