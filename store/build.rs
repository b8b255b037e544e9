//! Migrations are compiled in: a new file alone has to compile this crate again.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
