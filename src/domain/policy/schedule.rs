//! Cron lines of five fields, in a time zone: minute, hour, day of month, month, day of week.
//!
//! Owns when a line fires. As cron does, a day counts if it matches day of month or day of week
//! where both are restricted. Where a clock is put forward, a line inside the gap fires at its
//! end; where it is put back, the first of the two counts.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// One checked line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    /// 0 is Sunday.
    weekdays: Vec<u32>,
    any_day: bool,
    any_weekday: bool,
}

/// One field: its name in messages, its bounds, and the words that stand for numbers.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    words: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", first: 0, last: 59, words: &[] };
const HOUR: Field = Field { name: "hour", first: 0, last: 23, words: &[] };
const DAY: Field = Field { name: "day of month", first: 1, last: 31, words: &[] };
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/// Seven is Sunday, too.
const WEEKDAY: Field = Field {
    name: "day of week",
    first: 0,
    last: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// Longest gap that a clock was ever put forward by: a whole day, at the date line.
const GAP_MAX: TimeDelta = TimeDelta::hours(25);

impl Schedule {
    /// Reads a line.
    ///
    /// # Errors
    /// A sentence that names the field and what to write.
    pub fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!(
                "it has {} fields; write five: minute, hour, day of month, month, day of week, such as `0 8 * * mon-fri`",
                fields.len()
            ));
        };
        let mut weekdays: Vec<u32> = WEEKDAY.read(weekday)?.into_iter().map(|day| day % 7).collect();
        weekdays.sort_unstable();
        weekdays.dedup();
        let schedule = Self {
            minutes: MINUTE.read(minute)?,
            hours: HOUR.read(hour)?,
            days: DAY.read(day)?,
            months: MONTH.read(month)?,
            weekdays,
            any_day: day.starts_with('*'),
            any_weekday: weekday.starts_with('*'),
        };
        schedule.can_fire()?;
        Ok(schedule)
    }

    /// Whether it fired in `(at - back, at]`, its clock in `zone`.
    pub fn fired_within(&self, back: TimeDelta, at: DateTime<Utc>, zone: Tz) -> bool {
        self.last_fired(back, at, zone).is_some()
    }

    /// When it fired last in `(at - back, at]`, its clock in `zone`.
    pub fn last_fired(&self, back: TimeDelta, at: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let after = at.checked_sub_signed(back)?;
        let last = at.with_timezone(&zone).date_naive();
        // A line inside a gap fires up to a day later than it says.
        let first = after.with_timezone(&zone).date_naive();
        let first = first.checked_sub_days(Days::new(2)).unwrap_or(first);
        let mut date = last;
        while date >= first {
            let mut instants = self.times(date).filter_map(|time| instant(time, zone));
            let fired = self.matches(date).then(|| instants.find(|found| after < *found && *found <= at));
            if let Some(Some(found)) = fired {
                return Some(found);
            }
            date = date.pred_opt()?;
        }
        None
    }

    /// When it fires first in `(at, at + ahead]`, its clock in `zone`.
    pub fn next_fires(&self, ahead: TimeDelta, at: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let until = at.checked_add_signed(ahead)?;
        let last = until.with_timezone(&zone).date_naive();
        let first = at.with_timezone(&zone).date_naive();
        let mut date = first.checked_sub_days(Days::new(2)).unwrap_or(first);
        while date <= last {
            let instants = self.times(date).filter_map(|time| instant(time, zone));
            let fires = self.matches(date).then(|| instants.filter(|found| at < *found).min()).flatten();
            if let Some(found) = fires {
                return (found <= until).then_some(found);
            }
            date = date.succ_opt()?;
        }
        None
    }

    fn matches(&self, date: NaiveDate) -> bool {
        let day = self.days.contains(&date.day());
        let weekday = self.weekdays.contains(&date.weekday().num_days_from_sunday());
        let fits = match self.any_day || self.any_weekday {
            true => day && weekday,
            false => day || weekday,
        };
        fits && self.months.contains(&date.month())
    }

    /// Its local times of one day, latest first.
    fn times(&self, date: NaiveDate) -> impl Iterator<Item = NaiveDateTime> + use<'_> {
        let hours = self.hours.iter().rev();
        let pairs = hours.flat_map(|hour| self.minutes.iter().rev().map(move |minute| (*hour, *minute)));
        pairs.filter_map(move |(hour, minute)| date.and_hms_opt(hour, minute, 0))
    }

    /// A line such as `0 0 31 2 *` never fires, and is a mistake.
    fn can_fire(&self) -> Result<(), String> {
        let longest = |month: u32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let exists = self.months.iter().any(|month| self.days.iter().any(|day| *day <= longest(*month)));
        match exists || !self.any_weekday {
            true => Ok(()),
            false => Err("no month that it names has such a day; correct day of month or month".to_string()),
        }
    }
}

/// The instant of a local time; for one in a gap, the end of the gap.
fn instant(time: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let mut shown = time;
    loop {
        match zone.from_local_datetime(&shown) {
            LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => return Some(found.to_utc()),
            LocalResult::None => shown = shown.checked_add_signed(TimeDelta::minutes(1))?,
        }
        if shown - time > GAP_MAX {
            return None;
        }
    }
}

impl Field {
    /// The values of a field: `*`, numbers and words, ranges `a-b`, steps `/n`, lists.
    fn read(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, self.step(step, text)?),
                None => (part, 1),
            };
            let (first, last) = self.range(range, part.contains('/'), text)?;
            values.extend((first..=last).step_by(step));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn step(&self, text: &str, whole: &str) -> Result<usize, String> {
        match text.parse::<usize>() {
            Ok(step) if step >= 1 => Ok(step),
            _ => Err(self.wrong(whole, "a step is a whole number of at least 1, such as `*/15`")),
        }
    }

    fn range(&self, text: &str, stepped: bool, whole: &str) -> Result<(u32, u32), String> {
        if text == "*" {
            return Ok((self.first, self.last));
        }
        let Some((first, last)) = text.split_once('-') else {
            let one = self.value(text, whole)?;
            return Ok((one, if stepped { self.last } else { one }));
        };
        let (first, last) = (self.value(first, whole)?, self.value(last, whole)?);
        match first <= last {
            true => Ok((first, last)),
            false => Err(self.wrong(whole, "a range goes upwards, such as `1-5`")),
        }
    }

    fn value(&self, text: &str, whole: &str) -> Result<u32, String> {
        let lower = text.to_lowercase();
        if let Some(at) = self.words.iter().position(|word| *word == lower) {
            return Ok(u32::try_from(at).unwrap_or(0) + if self.name == MONTH.name { 1 } else { 0 });
        }
        match text.parse::<u32>() {
            Ok(value) if (self.first..=self.last).contains(&value) => Ok(value),
            _ => Err(self.wrong(whole, &format!("write {} to {}, or `*`", self.first, self.last))),
        }
    }

    fn wrong(&self, text: &str, fix: &str) -> String {
        format!("{} `{text}` cannot be read; {fix}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    /// The instants of a line between two others, found minute by minute.
    fn firings(line: &str, zone: Tz, from: &str, to: &str) -> Vec<String> {
        let schedule = Schedule::parse(line).unwrap();
        let mut now = at(from);
        let mut found = Vec::new();
        while now <= at(to) {
            if schedule.fired_within(TimeDelta::minutes(1), now, zone) {
                found.push(now.format("%m-%dT%H:%M").to_string());
            }
            now += TimeDelta::minutes(1);
        }
        found
    }

    #[test]
    fn a_line_fires_when_cron_would() {
        let utc = Tz::UTC;
        for (line, expected) in [
            ("30 8 * * *", &["11-24T08:30", "11-25T08:30"][..]),
            ("0 */12 * * *", &["11-24T00:00", "11-24T12:00", "11-25T00:00", "11-25T12:00"]),
            // Tuesday is the 24th.
            ("15 6 * * tue", &["11-24T06:15"]),
            ("15 6 * nov 2", &["11-24T06:15"]),
            ("0 0 25 * tue", &["11-24T00:00", "11-25T00:00"]),
            ("0 0 25 * *", &["11-25T00:00"]),
            ("0 23-23,1 24 11 *", &["11-24T01:00", "11-24T23:00"]),
            ("0 0 1 * *", &[]),
            ("0 0 * * 0,7", &[]),
        ] {
            let found = firings(line, utc, "2026-11-24T00:00:00Z", "2026-11-25T23:59:00Z");
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_line_in_a_gap_fires_at_its_end_and_one_that_comes_twice_once() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        // 2026-03-29: 02:00 is 03:00. 2026-10-25: 03:00 is 02:00.
        let spring = firings("30 2 * * *", berlin, "2026-03-28T00:00:00Z", "2026-03-30T03:00:00Z");
        assert_eq!(spring, ["03-28T01:30", "03-29T01:00", "03-30T00:30"]);
        let autumn = firings("30 2 * * *", berlin, "2026-10-24T00:00:00Z", "2026-10-26T03:00:00Z");
        assert_eq!(autumn, ["10-24T00:30", "10-25T00:30", "10-26T01:30"]);
    }

    #[test]
    fn a_local_clock_is_meant() {
        let shanghai: Tz = "Asia/Shanghai".parse().unwrap();
        let found = firings("0 8 * * *", shanghai, "2026-11-24T00:00:00Z", "2026-11-24T23:59:00Z");
        assert_eq!(found, ["11-24T00:00"]);
    }

    #[test]
    fn what_no_cron_would_take_is_refused_with_a_fix() {
        for (line, part) in [
            ("0 8 * *", "it has 4 fields"),
            ("60 8 * * *", "minute `60` cannot be read; write 0 to 59"),
            ("0 24 * * *", "hour `24`"),
            ("0 8 0 * *", "day of month `0`"),
            ("0 8 * foo *", "month `foo`"),
            ("0 8 * * 8", "day of week `8`"),
            ("0 9-8 * * *", "a range goes upwards"),
            ("*/0 * * * *", "a step"),
            ("0 0 31 2 *", "no month that it names"),
            ("@daily", "it has 1 fields"),
        ] {
            let said = Schedule::parse(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}
