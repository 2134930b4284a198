//! Wrong uses of the macros: each file is a program that must not compile, beside what the compiler must say of it.
//!
//! The programs are built without `cfg(test)`, where the tests of a suite are not there but its factory is judged.

#[test]
fn a_wrong_use_is_an_error_that_says_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/misuse/cases/*.rs");
    // `behaviour!` takes the same input, and names itself.
    cases.compile_fail("tests/misuse/behaviour/*.rs");
}
