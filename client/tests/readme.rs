//! The README shows the example as it is.

const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../examples/readme.rs");

#[test]
fn the_readme_shows_the_example() {
    assert!(README.contains(&format!("```rust\n{EXAMPLE}```")));
}
