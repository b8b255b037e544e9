//! What a notice says, in the languages in which people are written to.

use domain::notices::{Language, Notice};

/// What a message says, whatever carries it. All of it is text, nothing is markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// One line that says it all.
    pub title: String,
    /// What else there is to say, in sentences.
    pub lines: Vec<String>,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What the link to the page that says more is called.
    pub button: String,
}

/// What `notice` says in `language`.
pub fn words(notice: &Notice, language: Language) -> Words {
    Words { title: format!("{:?} {language}", notice.news.kind()), ..Words::default() }
}
