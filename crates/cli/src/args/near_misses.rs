//! `springtide near-misses`

use clap::Args as Group;
use springtide_core::time::Millis;

use super::{InputArgs, time};

/// `springtide near-misses`
#[derive(Debug, Group)]
pub struct NearMissesArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The instant; the greatest `occurred_at` of the input where it is left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Millis>,
    /// Only this play
    #[arg(long, value_name = "NAME")]
    pub play: Option<String>,
    /// How many are listed at most
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
