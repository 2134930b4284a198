//! The checker of histories.
//!
//! - `naive`: a checker that tries every order, to compare with.
//! - `random`: small histories, right ones and wrong ones, from a seed.
//! - `by_hand`: histories that a person can judge.
//! - `agreement`: the checker and the naive one say the same of many histories.

mod agreement;
mod by_hand;
mod naive;
mod random;
