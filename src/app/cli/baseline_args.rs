//! The options of `flyball baseline`: those of a signal's `baseline`, and the picture.

use crate::domain::model::baseline::{BaselineSpec, Season, Worse};
use crate::domain::policy::duration;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
pub struct BaselineArgs {
    /// Rhythm of the series
    #[arg(long, value_enum, default_value = "week")]
    pub season: SeasonWord,
    /// Which way is bad. A policy's signal says `Higher` if it says nothing; a bare series has
    /// nobody to say it, so both are
    #[arg(long, value_enum, default_value = "either")]
    pub worse: WorseWord,
    /// Distance of rows [default: the median distance of the first rows]
    #[arg(long, value_name = "DURATION", value_parser = interval)]
    pub interval: Option<Duration>,
    /// Zone whose clock the rhythm follows, as in Asia/Shanghai
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub timezone: Tz,
    /// Share of usual values inside the band, in percent: 50 to 99.9
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0, value_parser = confidence)]
    pub confidence_percent: f64,
    /// A deviation smaller than this, in the unit of the series, is never out of band
    #[arg(long, value_name = "VALUE", default_value_t = 0.0, value_parser = deviation)]
    pub min_deviation_absolute: f64,
    /// Nor one smaller than this share of the expected value, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = deviation)]
    pub min_deviation_percent: f64,
    /// No alarm before so much was seen
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::parse)]
    pub warmup: Duration,
    /// Draw values, band and alarms into this SVG file
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SeasonWord {
    None,
    Day,
    Week,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum WorseWord {
    Higher,
    Lower,
    Either,
}

impl BaselineArgs {
    /// What the model is told.
    pub fn spec(&self) -> BaselineSpec {
        let worse = match self.worse {
            WorseWord::Higher => Worse::Higher,
            WorseWord::Lower => Worse::Lower,
            WorseWord::Either => Worse::Either,
        };
        BaselineSpec {
            season: match self.season {
                SeasonWord::None => Season::None,
                SeasonWord::Day => Season::Day,
                SeasonWord::Week => Season::Week,
            },
            timezone: self.timezone,
            confidence_percent: self.confidence_percent,
            min_deviation_absolute: self.min_deviation_absolute,
            min_deviation_percent: self.min_deviation_percent,
            warmup: self.warmup,
            ..BaselineSpec::defaults(worse, self.interval.unwrap_or(GUESS))
        }
    }
}

/// The interval until a second row tells: a policy's default.
const GUESS: Duration = Duration::from_secs(30);

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration::parse(text)?;
    let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
    range.contains(&interval).then_some(interval).ok_or_else(|| "write 1s to 24h".to_string())
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "write an IANA zone such as UTC, Europe/Berlin or Asia/Shanghai".to_string())
}

fn confidence(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (50.0..=99.9).contains(percent));
    percent.ok_or_else(|| "write a number from 50 to 99.9".to_string())
}

fn deviation(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
    value.ok_or_else(|| "write a number that is 0 or more".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        args: BaselineArgs,
    }

    #[test]
    fn the_defaults_are_those_of_a_policy_but_for_the_bad_side() {
        let alone = Alone::parse_from(["baseline"]);
        assert_eq!(alone.args.spec(), BaselineSpec::defaults(Worse::Either, GUESS));
    }

    #[test]
    fn a_bad_option_says_what_to_write() {
        for (option, value, fix) in [
            ("--timezone", "Berlin", "Europe/Berlin"),
            ("--interval", "0s", "1s to 24h"),
            ("--confidence-percent", "100", "50 to 99.9"),
            ("--min-deviation-absolute", "-1", "0 or more"),
        ] {
            let refused = Alone::try_parse_from(["baseline", &format!("{option}={value}")]);
            let text = refused.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(text.contains(fix), "{text}");
        }
    }
}
