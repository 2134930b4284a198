//! A store on redb.
