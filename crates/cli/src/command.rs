//! One file a subcommand.

pub mod backtest;
pub mod change;
pub mod check;
pub mod completion;
pub mod demo;
pub mod effective;
pub mod explain;
pub mod generate;
pub mod listen;
pub mod logs;
pub mod manual;
pub mod near_misses;
pub mod new;
pub mod reference;
pub mod replay;
pub mod report;
pub mod run;
pub mod similar;
pub mod topics;
