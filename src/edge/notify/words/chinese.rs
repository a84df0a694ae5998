//! Chinese, as people on call write it to each other.

use super::reasons;
use super::tongue::{Heading, Tongue, View};
use crate::domain::model::effect::EffectVerdict;
use crate::domain::model::message::Labels;
use crate::domain::model::news::Event;
use crate::domain::model::reason::Reason;

/// Simplified Chinese.
pub struct Chinese;

impl Tongue for Chinese {
    fn title(&self, view: &View) -> String {
        let level = level(&view.level);
        let what = match (view.event, view.closes) {
            (Event::WouldAct, _) => format!("【观察】建议{level}"),
            (Event::Blocked, _) => format!("【被拦截】{level}未执行"),
            (Event::AwaitingApproval, _) => format!("【待审批】申请{level}"),
            (Event::Acted, _) if !view.cut => "【待优化】需人工跟进".to_string(),
            (Event::Acted, _) => format!("【已{level}】"),
            (Event::Latched, _) => format!("【需人工处理】{level}已锁定"),
            (Event::Ineffective, false) => format!("【需人工处理】{level}后未见好转"),
            (Event::Ineffective, true) => format!("【已撤销】{level}无效果"),
            (Event::Blind, _) => format!("【需人工处理】{level}期间监控数据缺失"),
            (Event::Restored, _) => "【已恢复】".to_string(),
            (Event::Expired, _) => "【到期恢复】".to_string(),
            (Event::Superseded, _) => "【人工接管】开关已被他人修改".to_string(),
            (Event::FlagGone, _) => "【异常结束】开关已不存在".to_string(),
            (Event::Released, _) => "【已放开】".to_string(),
            (Event::Denied, _) => format!("【审批拒绝】{level}未执行"),
            (Event::Failed, _) => format!("【执行失败】{level}未生效"),
            (Event::Passed, _) => "【已自行恢复】".to_string(),
            (Event::BreakerOpen | Event::ReleaseAll | Event::Storm, closes) => {
                return self.fleet(view.event, closes).0;
            }
        };
        let colon = if what.ends_with('】') { "" } else { "：" };
        match view.services.as_slice() {
            [one] => format!("{what}{colon}{one}（{}）", view.tier),
            many => format!("{what}{colon}{} 个服务（策略 {}，档位 {}）", many.len(), view.policy, view.tier),
        }
    }

    fn sentences(&self, view: &View) -> Vec<String> {
        let mut said = vec![sentence(view)];
        let (namespace, decision) = (&view.namespace, &view.decision);
        match view.event {
            _ if view.closes || view.is_group() => {}
            Event::AwaitingApproval => said.push(format!(
                "审批方式：在命名空间 {namespace} 中创建 DecisionApproval，decisionRef 填 {decision}，proposalHash 填 {}。",
                view.hash.as_deref().unwrap_or("其 status 中的值")
            )),
            Event::Latched => said.push(format!(
                "如需解除锁定：kubectl annotate {} flyball.dev/unlatch={}",
                view.policy_place, view.tier_word
            )),
            Event::Acted | Event::Blind | Event::Ineffective if view.cut => {
                said.push(format!("如需立即放开：kubectl -n {namespace} delete decision {decision}"));
            }
            _ => {}
        }
        said
    }

    fn fleet(&self, event: Event, closes: bool) -> (String, String) {
        let (title, sentence) = match (event, closes) {
            (Event::ReleaseAll, false) => (
                "【全部放开】所有开关正在恢复原值",
                "Governor 已设置 releaseAll：所有被持有的开关都会恢复原值；取消该设置之前不再执行任何动作。",
            ),
            (Event::ReleaseAll, true) => {
                ("【全部放开已取消】", "Governor 的 releaseAll 已取消，各策略恢复正常执行。")
            }
            (Event::Storm, false) => (
                "【动作风暴】大量动作同时被拦截",
                "同一时刻触发的动作超出限额，请优先排查这些服务的共同原因。",
            ),
            (Event::Storm, true) => ("【动作风暴已结束】", "已不再有大量动作被拦截。"),
            (_, false) => (
                "【全局保护】异常服务过多，已暂停自动动作",
                "保护期间不再熔断、降级或试探恢复；已执行的动作保持不变，到期仍会恢复。请优先排查这些服务的共同依赖。",
            ),
            (_, true) => ("【全局保护已解除】", "各策略恢复正常执行。"),
        };
        (title.to_string(), sentence.to_string())
    }

    fn reason(&self, reason: &Reason) -> String {
        reasons::chinese(reason)
    }

    fn effect(&self, verdict: EffectVerdict, message: &str) -> String {
        let word = match verdict {
            EffectVerdict::Improved => "有效",
            EffectVerdict::Ineffective => "无效",
            EffectVerdict::Inconclusive => "无法判断",
        };
        if message.is_empty() { word.to_string() } else { format!("{word}：{}", reasons::sentence(message)) }
    }

    fn sentence(&self, message: &str) -> String {
        reasons::sentence(message)
    }

    fn duration(&self, seconds: u64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (hours, minutes) {
            (0, 0) => format!("{rest} 秒"),
            (0, _) => format!("{minutes} 分 {rest} 秒"),
            _ => format!("{hours} 小时 {minutes} 分"),
        }
    }

    fn tier(&self, tier: &str, level: &str) -> String {
        format!("{tier}（{}）", self::level(level))
    }

    fn names(&self, names: &[String], more: usize) -> String {
        let names = names.join("、");
        if more == 0 { names } else { format!("{names} 等，另有 {more} 个") }
    }

    fn original(&self) -> &'static str {
        "原值"
    }

    fn heading(&self, heading: Heading) -> &'static str {
        match heading {
            Heading::Service => "服务",
            Heading::Services => "涉及服务",
            Heading::Policy => "策略",
            Heading::Tier => "档位",
            Heading::Time => "时间",
            Heading::Deadline => "最晚恢复",
            Heading::Held => "持续时长",
            Heading::Effect => "效果",
            Heading::Decision => "决策记录",
        }
    }

    fn labels(&self) -> Labels {
        Labels { why: "原因", change: "开关", more: "更多", traces: "链路", evidence: "证据" }
    }
}

fn level(level: &str) -> &'static str {
    match level {
        "Fuse" => "熔断",
        "Degrade" => "降级",
        _ => "优化",
    }
}

fn sentence(view: &View) -> String {
    let (set, keys) = (set(view), keys(view));
    let by = |word: &str| view.deadline.as_ref().map_or(String::new(), |at| format!("，最晚于 {at} {word}"));
    match (view.event, view.closes) {
        (Event::WouldAct, _) => format!("触发条件已满足，应{set}；当前为观察模式，未做任何变更。"),
        (Event::Blocked, _) => {
            format!("触发条件已满足，应{set}，但被拦截，未做任何变更；条件持续期间会自动重试。")
        }
        (Event::AwaitingApproval, _) => format!("申请{set}，审批通过之前不做任何变更。"),
        (Event::Acted, _) if !view.cut => "未做任何变更，需要人工从根本上优化。".to_string(),
        (Event::Acted, _) => format!("已{set}；指标恢复正常后自动放回{}。", by("恢复")),
        (Event::Latched, _) => match &view.deadline {
            Some(at) => format!("{keys}保持兜底值，{at} 之前不会自动放回。"),
            None => format!("{keys}保持兜底值，不会自动放回。"),
        },
        (Event::Ineffective, false) => format!("已{set}，但关注的指标没有好转，请人工排查。"),
        (Event::Ineffective, true) => {
            format!("动作没有效果，{keys}已恢复原值；指标恢复正常之前不会再次触发。")
        }
        (Event::Blind, _) => {
            format!(
                "已{set}，但自 {} 起缺少监控数据，无法判断是否恢复；数据恢复之前不会自动放回{}。",
                view.at,
                by("恢复")
            )
        }
        (Event::Restored, _) if !view.cut => "指标已恢复正常。".to_string(),
        (Event::Restored, _) => format!("指标已恢复正常，{keys}已恢复原值。"),
        (Event::Expired, _) => format!("已到最长持续时间，{keys}已恢复原值；指标恢复正常之前不会再次触发。"),
        (Event::Superseded, _) => format!("{keys}已被他人修改，以其修改为准，本次动作结束。"),
        (Event::FlagGone, _) => format!("{keys}已被删除或重建，无法恢复原值。"),
        (Event::Released, _) if !view.cut => "已按指令结束。".to_string(),
        (Event::Released, _) => format!("已按指令或因策略、服务变更提前放开，{keys}已恢复原值。"),
        (Event::Denied, _) => "审批被拒绝，未做任何变更。".to_string(),
        (Event::Failed, _) => "动作执行失败，未留下任何变更。".to_string(),
        (Event::Passed, _) => "触发条件已消除，未做任何变更。".to_string(),
        (Event::BreakerOpen | Event::ReleaseAll | Event::Storm, closes) => {
            Chinese.fleet(view.event, closes).1
        }
    }
}

/// What is done, as a verb with its objects.
fn set(view: &View) -> String {
    let all: Vec<String> = view.flags.iter().map(|(key, to)| format!("将开关 {key} 置为 {to}")).collect();
    match (all.is_empty(), view.is_group()) {
        (false, _) => all.join("、"),
        (true, true) => "将这些服务的开关置为兜底值".to_string(),
        (true, false) => "由人工跟进".to_string(),
    }
}

fn keys(view: &View) -> String {
    let keys: Vec<&str> = view.flags.iter().map(|(key, _)| key.as_str()).collect();
    match keys.as_slice() {
        [] => "相关开关".to_string(),
        keys => format!("开关 {} ", keys.join("、")),
    }
}
