//! The bundled mod, and published queries, on accounts whose answers are known.

#[cfg(test)]
mod article;
#[cfg(test)]
mod cloudquery;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod report_alone;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod variants;

#[cfg(test)]
#[path = "../support/postgres.rs"]
mod postgres;
