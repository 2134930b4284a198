//! Rounds of calls that several threads make at once, recorded, and searched for an order that the model accepts.
//!
//! A [`Round`] is a short program: some calls first, then a few threads at once. A [`Crew`] of threads that stay alive
//! runs a [`Series`] of rounds, and stamps each call and each return from one counter. What a round brings, a [`Recording`],
//! is right where one order of the calls explains it, which the checker of [`crate::linearizability`] looks for with the model's own data
//! as the [`Contract`].

mod blame;
mod bout;
mod contract;
mod crew;
mod draw;
mod ending;
mod explain;
mod floor;
mod gate;
mod ground;
mod judge;
mod lane;
mod opening;
mod order;
mod pace;
mod page;
mod picture;
mod plan;
mod recording;
mod round;
mod saw;
mod series;
mod unrest;
mod walks;

pub(crate) use self::{
    crew::Crew,
    draw::{Kind, draw},
    ending::misanswered,
    explain::words,
    floor::{AtWork, Floor},
    ground::Ground,
    judge::{Judged, are_explained_without_walks, failed, judge, panicked},
    lane::{Lane, Made, learn},
    opening::wrongly_admitted,
    pace::Pace,
    page::STYLE,
    picture::Picture,
    plan::Plan,
    recording::{Recording, ended, is_answer},
    round::{Act, Round},
    saw::{Found, Saw},
    series::{Draw, Judge, Series, Tally, Until},
    walks::misled,
};
