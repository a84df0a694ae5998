//! What `explain` says, as text.

use super::bar::{LEGEND, bar};
use super::chart::{Plot, chart};
use super::fit::wrap;
use super::style::Style;
use crate::app::plugin::told::{Order, Said, Seen, Told, ToldDecision, ToldPolicy, ToldTier};
use chrono::{DateTime, TimeDelta, Utc};

/// A service and its tiers.
pub fn told(told: &Told, style: Style) -> String {
    let mut out = Text { out: String::new(), style };
    out.line(0, &style.by_word(&told.verdict, &told.headline));
    out.body(told);
    out.out
}

/// A Decision, its life first.
pub fn decision(told: &ToldDecision, style: Style) -> String {
    let mut out = Text { out: String::new(), style };
    out.line(0, &style.bold(&told.headline));
    told.flags.iter().for_each(|flag| out.line(1, flag));
    out.heading("Its life");
    for step in &told.story {
        out.line(1, &format!("{}  {}", step.at, style.by_word(&step.phase, &step.phase)));
        step.why.iter().for_each(|why| out.line(3, why));
    }
    for seen in &told.seen {
        out.heading(&format!("{} when it began: {}", seen.signal, seen.summary));
        seen.start.iter().for_each(|start| out.out.push_str(&drawn(seen, *start, style.width)));
        seen.lines.iter().for_each(|line| out.line(1, line));
    }
    told.effect.iter().for_each(|effect| out.heading(&format!("What came of it: {effect}")));
    out.line(0, "");
    out.line(0, &style.by_word(&told.now.verdict, &told.now.headline));
    out.body(&told.now);
    out.out
}

fn drawn(seen: &Seen, start: DateTime<Utc>, width: usize) -> String {
    let length = seen.step_seconds.saturating_mul(seen.values.len().saturating_sub(1) as u64);
    let end =
        start.checked_add_signed(TimeDelta::seconds(length.min(u64::from(u32::MAX)) as i64)).unwrap_or(start);
    let Seen { values, bands, limit, .. } = seen;
    chart(&Plot { title: &seen.signal, values, bands, start, end, limit: *limit }, width)
}

struct Text {
    out: String,
    style: Style,
}

impl Text {
    fn line(&mut self, depth: usize, text: &str) {
        let line = format!("{}{text}", "  ".repeat(depth));
        let line = if self.style.wraps { wrap(&line, self.style.width) } else { line };
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// A line that is never broken: it is drawn, or to be copied.
    fn whole(&mut self, depth: usize, text: &str) {
        self.out.push_str(format!("{}{text}", "  ".repeat(depth)).trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line(0, "");
        self.line(0, &self.style.bold(text));
    }

    fn body(&mut self, told: &Told) {
        told.workload.iter().for_each(|line| self.line(0, line));
        if !told.fleet.is_empty() {
            self.heading("What stops or limits actions right now");
            told.fleet.iter().for_each(|said| self.said(1, said));
        }
        told.policies.iter().for_each(|policy| self.policy(policy));
        if !told.before.is_empty() {
            self.heading("Before");
            told.before.iter().for_each(|line| self.line(1, line));
        }
        if !told.unread.is_empty() {
            self.heading("What could not be read, so that something may be missing above");
            told.unread.iter().for_each(|line| self.line(1, line));
        }
    }

    fn policy(&mut self, policy: &ToldPolicy) {
        self.heading(&policy.headline);
        policy.troubles.iter().for_each(|said| self.said(1, said));
        let width = policy.signals.iter().map(|signal| signal.name.chars().count()).max().unwrap_or(0);
        let mut drawn = false;
        for signal in &policy.signals {
            let name = format!("{:<width$}", signal.name);
            let name = if signal.bad { self.style.bad(&name) } else { name };
            self.line(1, &format!("{name}  {}", signal.sentence));
            if let Some(bar) = bar(signal) {
                drawn = true;
                self.whole(1, &format!("{:<width$}  {}", "", self.style.dim(&bar)));
            }
        }
        if drawn {
            self.whole(1, &format!("{:<width$}  {}", "", self.style.dim(LEGEND)));
        }
        policy.tiers.iter().for_each(|tier| self.tier(tier));
    }

    fn tier(&mut self, tier: &ToldTier) {
        self.line(0, "");
        let phase = tier.phase.as_deref().unwrap_or_default();
        let headline = self.style.by_word(phase, &tier.headline);
        self.line(1, &headline);
        self.list("why", tier.why.iter().map(sentence));
        self.list("issues", tier.issues.iter().cloned());
        self.list("its condition", tier.condition.iter().cloned());
        self.list("next", tier.next.iter().cloned());
        if !tier.you_can.is_empty() {
            self.line(2, "you can:");
            tier.you_can.iter().for_each(|order| self.order(3, order));
        }
    }

    fn list(&mut self, name: &str, lines: impl Iterator<Item = String>) {
        let mut lines = lines.peekable();
        if lines.peek().is_some() {
            self.line(2, &format!("{name}:"));
            lines.for_each(|line| self.line(3, &line));
        }
    }

    fn said(&mut self, depth: usize, said: &Said) {
        self.line(depth, &sentence(said));
        said.you_can.iter().for_each(|order| self.order(depth + 1, order));
    }

    fn order(&mut self, depth: usize, order: &Order) {
        self.line(depth, &format!("{} ({}):", order.what, order.who));
        let command = self.style.command(&order.command);
        self.whole(depth + 1, &command);
    }
}

fn sentence(said: &Said) -> String {
    match &said.code {
        Some(code) => format!("{} [{code}]", said.message),
        None => said.message.clone(),
    }
}
