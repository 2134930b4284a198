//! The macro where names and lints are as unfriendly as can be.

#![deny(warnings)]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, unused_results)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

mod names {
    #![allow(
        dead_code,
        unused_macros,
        non_camel_case_types,
        reason = "these names are here to be in the way"
    )]

    struct Ok;
    struct Err;
    struct Some;
    struct None;
    struct Result;
    struct Option;
    struct Vec;
    struct Box;
    struct String;
    struct str;
    struct Suite;
    struct Subject;
    struct Suited;
    struct SuiteFailure;
    trait Fn {}
    mod core {}
    mod std {}
    mod clause {}
    mod lru {}
    mod mneme {}
    mod mneme_conformance {}

    macro_rules! in_the_way {
        ($($name:ident),*) => { $(macro_rules! $name { () => { compile_error!("another macro was meant") }; })* };
    }
    in_the_way!(concat, stringify, env, module_path, file, line, vec, format, panic, assert);

    ::mneme_conformance::store_conformance!(
        generic::<super::super::deviations::TiesTheOtherWay>,
        suite = suite,
        deviates {
            lru::ties_break_by_id => "the newest of equal times comes first",
            concurrent::whole_reads_are_atomic => "the order is that of a walk, which others may write into",
        },
    );

    fn generic<L>() -> crate::zoo::faulty::Faulty<L>
    where
        L: crate::zoo::faulty::Lie + ::core::default::Default,
    {
        crate::zoo::faulty::Faulty::new(::core::default::Default::default())
    }
}

mod lints {
    #![forbid(warnings, clippy::all, clippy::pedantic)]

    mneme_conformance::store_conformance!(
        mneme::MemoryStore::new,
        ignore = "a plain store is checked elsewhere; that it compiles is enough"
    );
}
