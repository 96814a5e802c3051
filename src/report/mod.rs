//! Output formats, each made from a [`Run`](crate::model::run::Run) alone.
pub mod html;
