//! Reasons in Chinese: what can be told by its form is translated with its figures, and of the rest
//! its code is, with the governor's own sentence after it, by which it can be searched for.

use crate::domain::model::reason::{Code, Reason};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Forms of the sentences that decisions are explained with, the whole before its parts.
const FORMS: [(&str, &str); 45] = [
    (r"^every flag was read back at its fallback$", "所有开关已回读确认为兜底值"),
    (r"^every flag was read back with its original$", "所有开关已回读确认恢复原值"),
    (r"^the flag goes back to its original and is watched$", "开关放回原值并持续观察"),
    (r"^the Governor's releaseAll is set$", "Governor 已设置 releaseAll"),
    (r"^the Governor's paused\.(\w+) is set$", "Governor 已设置 paused.${1}"),
    (r"^flyball\.dev/paused is set on policy (.+)$", "策略 ${1} 上设置了 flyball.dev/paused"),
    (r"^flyball\.dev/paused is set on namespace (.+)$", "命名空间 ${1} 上设置了 flyball.dev/paused"),
    (r"^flyball\.dev/paused is set on workload (.+)$", "工作负载 ${1} 上设置了 flyball.dev/paused"),
    (r"^the governor has just started and only observes$", "Flyball 刚启动，处于只观察阶段"),
    (r"^nothing is done: the tier only observes$", "该档位为观察模式，不执行"),
    (r"^budget (\S+): (\d+) of (\d+) used$", "动作额度 ${1} 已用 ${2}/${3}"),
    (r"^window (.+) of the policy is open$", "处于策略的禁止动作窗口 ${1}"),
    (r"^window (.+) of the Governor is open$", "处于 Governor 的禁止动作窗口 ${1}"),
    (r"^a person must approve it first$", "需人工审批"),
    (r"^approved by (.+)$", "审批人：${1}"),
    (r"^(.+) said no$", "${1} 已拒绝"),
    (r"^nobody answered in time, and onTimeout is Skip$", "超时无人审批，按 onTimeout: Skip 放弃"),
    (r"^nobody answered in time, and onTimeout is Act$", "超时无人审批，按 onTimeout: Act 执行"),
    (r"^maxDuration was over at (\S+)$", "最长持续时间已于 ${1} 用完"),
    (r"^the flag was deleted or made anew$", "开关被删除或重建"),
    (r"^no flag stays changed$", "未留下任何变更"),
    (
        r"^(\d+) of (\d+) services breach at once, above (\S+) %",
        "${2} 个服务中有 ${1} 个同时异常，超过 ${3}%",
    ),
    (r"^only (\d+) of (\d+) services are known", "${2} 个服务中仅 ${1} 个状态已知"),
    (r"; it closes 10 minutes after that is over$", "；原因消除 10 分钟后自动解除"),
    (r"^(\d+) engagements refused: ", "共拦截 ${1} 个动作："),
    (
        r"^(\S+) was (\S+) beyond its threshold before the cut and is (\S+) beyond it after$",
        "${1} 动作前越过阈值 ${2}，动作后仍越过 ${3}",
    ),
    (
        r"^(\S+) was (\S+) beyond its threshold before the cut and is (\S+) on the good side of it after$",
        "${1} 动作前越过阈值 ${2}，动作后已回到阈值以内（余量 ${3}）",
    ),
    (r"^well during the probe: ", "试探放回期间指标正常："),
    (r"^no traffic during the probe: ", "试探放回期间没有流量："),
    (r"^well for (\d+) readings: ", "连续 ${1} 次采样正常："),
    (r"^well for (\d+) of (\d+) readings: ", "已连续正常 ${1}/${2} 次采样："),
    (r"^the evidence is missing(, the cut stays)?: ", "监控数据缺失，保持现状："),
    (r"beyond its limit (-?[0-9.e+-]+)", "越过限值 ${1}"),
    (r"\) above (-?[0-9.e+-]+)", ") 高于 ${1}"),
    (r"\) below (-?[0-9.e+-]+)", ") 低于 ${1}"),
    (r"score (-?[0-9.e+-]+) below (-?[0-9.e+-]+)", "健康分 ${1} 低于 ${2}"),
    (r"\) anomalous", ") 异常"),
    (r" ?\(usual (\S+) to (\S+)\)", "（常态区间 ${1} ~ ${2}）"),
    (r" for (\d+) readings", "（连续 ${1} 次采样）"),
    (r" (\d+) times in (\d+) readings", "（${2} 次采样中出现 ${1} 次）"),
    (r" is True", "，成立"),
    (r" is False", "，不成立"),
    (r" is Unknown", "，未知"),
    (r" \((\d+) so far\)", "（目前 ${1} 次）"),
    (r"; ", "；"),
];

static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let forms = FORMS.iter().map(|(form, words)| (Regex::new(form).expect("the form is a pattern"), *words));
    forms.collect()
});

/// What a governor's sentence says in Chinese, as far as its form is known.
pub fn sentence(message: &str) -> String {
    translated(message)
}

/// A reason in Chinese.
pub fn chinese(reason: &Reason) -> String {
    let told = translated(&reason.message);
    let word = word(reason.code);
    match (told == reason.message, word) {
        (false, _) => told,
        (true, word) if told.is_empty() => word.to_string(),
        (true, word) => format!("{word}（{told}）"),
    }
}

/// The sentence with every known form replaced.
fn translated(message: &str) -> String {
    COMPILED.iter().fold(message.to_string(), |text, (form, words)| {
        form.replace_all(&text, |found: &Captures| {
            let mut out = String::new();
            found.expand(words, &mut out);
            out
        })
        .into_owned()
    })
}

/// The word for a code; one without is told as it is.
fn word(code: Code) -> &'static str {
    match code.as_str() {
        "ConditionTrue" => "触发条件成立",
        "ConditionFalse" => "触发条件不成立",
        "ConditionUnknown" => "触发条件无法判断",
        "NoTraffic" => "当前没有流量",
        "NotUserFacing" => "用户无感知",
        "Observing" => "观察模式",
        "Cooldown" => "冷却中",
        "LockedOut" => "上次结束后指标尚未恢复，暂不再次触发",
        "StartingUp" => "启动观察期",
        "NoGovernor" => "未找到 Governor",
        "Paused" => "已被人工暂停",
        "ReleaseAll" => "已下令全部放开",
        "NoActWindow" => "处于禁止动作的时间窗口",
        "BreakerOpen" => "全局保护已开启",
        "ClockWentBack" => "时钟回退，需人工确认时间",
        "MemoryLost" => "历史记录缺失",
        "Storm" => "大量动作同时被拦截",
        "BudgetExceeded" => "动作额度已用完",
        "BudgetMissing" => "未声明动作额度",
        "ClaimConflict" => "与其他动作对同一开关的取值冲突",
        "NotShared" => "多个服务共用开关，但未声明 shared",
        "AlreadyAtFallback" => "开关已经是兜底值",
        "FlagMissing" => "开关不存在",
        "FlagRefused" => "开关当前状态不允许操作",
        "ProviderUnavailable" => "开关系统不可用",
        "ProviderRefused" => "开关系统拒绝",
        "ProviderChanged" => "开关系统已变更",
        "OwnedElsewhere" => "开关由 GitOps 工具管理，可能被还原",
        "PreImageTooLarge" => "开关原值过大，无法保存",
        "ApprovalAwaited" => "等待审批",
        "Approved" => "审批通过",
        "Denied" => "审批拒绝",
        "ApprovalVoid" => "审批内容与当前方案不符",
        "ApprovalTimedOut" => "审批超时",
        "ActionFailed" => "动作执行失败",
        "CutVerified" => "已回读确认生效",
        "Recovered" => "指标恢复正常",
        "NotRecovered" => "指标尚未恢复",
        "Blind" => "监控数据缺失",
        "ProbeStarted" => "试探放回中",
        "ProbePassed" => "试探放回通过",
        "ProbeIdle" => "试探放回期间没有流量",
        "Relapsed" => "试探放回期间再次恶化",
        "TooManyRelapses" => "多次试探放回均再次恶化",
        "Improved" => "动作后指标好转",
        "Ineffective" => "动作后指标未好转",
        "Inconclusive" => "无法判断动作是否有效",
        "Unlatched" => "已人工解除锁定",
        "DeadlineReached" => "已到最长持续时间",
        "ForeignEdit" => "开关被他人修改",
        "FlagGone" => "开关被删除或重建",
        "RestoreVerified" => "已回读确认恢复原值",
        "PolicyGone" => "策略已删除",
        "TierGone" => "档位或动作已删除",
        "ModeChanged" => "档位已改为不执行的模式",
        "ServiceGone" => "服务已下线",
        "DecisionDeleted" => "决策记录被删除，视为要求放开",
        "NothingChanged" => "未留下任何变更",
        "NewerVersion" => "记录来自更新的版本，只做恢复",
        "CutServed" => "客户端已按兜底值生效",
        "NotDelivered" => "消息发送失败",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_forms_are_told_with_their_figures_and_others_by_their_code() {
        for (code, message, expected) in [
            (
                Code::ConditionTrue,
                "reject-rate (0.52 ratio) beyond its limit 0.15 for 4 readings is True; p99 (2 s) anomalous (usual 0.1 to 0.3) is True",
                "reject-rate (0.52 ratio) 越过限值 0.15（连续 4 次采样），成立；p99 (2 s) 异常（常态区间 0.1 ~ 0.3），成立",
            ),
            (
                Code::ConditionFalse,
                "reject-rate (0.52 ratio) beyond its limit 0.15 for 4 readings is False (2 so far)",
                "reject-rate (0.52 ratio) 越过限值 0.15（连续 4 次采样），不成立（目前 2 次）",
            ),
            (
                Code::ProbePassed,
                "well during the probe: a (1) above 2 is False",
                "试探放回期间指标正常：a (1) 高于 2，不成立",
            ),
            (
                Code::RestoreVerified,
                "every flag was read back with its original",
                "所有开关已回读确认恢复原值",
            ),
            (Code::BudgetExceeded, "budget perService: 1 of 1 used", "动作额度 perService 已用 1/1"),
            (Code::ForeignEdit, "ann changed flag a", "开关被他人修改（ann changed flag a）"),
            (Code::Paused, "", "已被人工暂停"),
        ] {
            assert_eq!(chinese(&Reason::new(code, message)), expected);
        }
    }

    #[test]
    fn every_code_has_a_chinese_word_of_its_own() {
        let english: Vec<&str> =
            Code::ALL.iter().map(|code| word(*code)).filter(|word| word.is_ascii()).collect();
        assert!(english.is_empty(), "give these words in Chinese: {english:?}");
        let words: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| word(*code)).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
