mod copies;
mod killed;
mod moment;
mod refusals;

pub(crate) use self::{
    copies::{leaves_both_sides_alone, restores_everything},
    killed::killed_leaves_none,
    moment::is_a_point_in_time,
    refusals::{existing_destination_is_refused, foreign_source_is_refused, unsupported_says_so},
};
