//! Reasons in Chinese: what can be told by its form is translated with its figures, and of the rest
//! its code is, with the governor's own sentence after it, by which it can be searched for.

use crate::domain::model::reason::{Code, Reason};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Forms of the sentences that decisions are explained with, the whole before its parts.
const FORMS: [(&str, &str); 23] = [
    (r"^every flag was read back at its fallback$", "所有开关已回读确认为兜底值"),
    (r"^every flag was read back with its original$", "所有开关已回读确认恢复原值"),
    (r"^the flag goes back to its original and is watched$", "开关放回原值并持续观察"),
    (r"^nothing was changed(, so there is nothing to restore)?$", "未做任何变更，无需恢复"),
    (r"^the Governor's releaseAll is set$", "Governor 已设置 releaseAll"),
    (r"^well during the probe: ", "试探放回期间指标正常："),
    (r"^no traffic during the probe: ", "试探放回期间没有流量："),
    (r"^well for (\d+) readings: ", "连续 ${1} 次采样正常："),
    (r"^well for (\d+) of (\d+) readings: ", "已连续正常 ${1}/${2} 次采样："),
    (r"^the evidence is missing, the cut stays: ", "监控数据缺失，保持现状："),
    (r"^the evidence is missing: ", "监控数据缺失："),
    (r"beyond its limit (-?[0-9.e+-]+)", "越过限值 ${1}"),
    (r"\) above (-?[0-9.e+-]+)", ") 高于 ${1}"),
    (r"\) below (-?[0-9.e+-]+)", ") 低于 ${1}"),
    (r"score (-?[0-9.e+-]+) below (-?[0-9.e+-]+)", "健康分 ${1} 低于 ${2}"),
    (r"\) anomalous", ") 异常"),
    (r"\(usual (\S+) to (\S+)\)", "（常态区间 ${1} ~ ${2}）"),
    (r" for (\d+) readings", "（连续 ${1} 次采样）"),
    (r" (\d+) times in (\d+) readings", "（${2} 次采样中出现 ${1} 次）"),
    (r"; ", "；"),
    (r" is True", "，成立"),
    (r" is False", "，不成立"),
    (r" is Unknown", "，未知"),
];

static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let forms = FORMS.iter().map(|(form, words)| (Regex::new(form).expect("the form is a pattern"), *words));
    forms.collect()
});

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

fn word(code: Code) -> &'static str {
    match code {
        Code::ConditionTrue => "触发条件成立",
        Code::ConditionFalse => "触发条件不成立",
        Code::ConditionUnknown => "触发条件无法判断",
        Code::NoTraffic => "当前没有流量",
        Code::NotUserFacing => "用户无感知",
        Code::Observing => "观察模式",
        Code::Cooldown => "冷却中",
        Code::LockedOut => "上次结束后指标尚未恢复，暂不再次触发",
        Code::StartingUp => "启动观察期",
        Code::NoGovernor => "未找到 Governor",
        Code::Paused => "已被人工暂停",
        Code::ReleaseAll => "已下令全部放开",
        Code::NoActWindow => "处于禁止动作的时间窗口",
        Code::BreakerOpen => "全局保护已开启",
        Code::ClockWentBack => "时钟回退，需人工确认时间",
        Code::MemoryLost => "历史记录缺失",
        Code::Storm => "大量动作同时被拦截",
        Code::BudgetExceeded => "动作额度已用完",
        Code::BudgetMissing => "未声明动作额度",
        Code::ClaimConflict => "与其他动作对同一开关的取值冲突",
        Code::NotShared => "多个服务共用开关，但未声明 shared",
        Code::AlreadyAtFallback => "开关已经是兜底值",
        Code::FlagMissing => "开关不存在",
        Code::FlagRefused => "开关当前状态不允许操作",
        Code::ProviderUnavailable => "开关系统不可用",
        Code::ProviderRefused => "开关系统拒绝",
        Code::ProviderChanged => "开关系统已变更",
        Code::OwnedElsewhere => "开关由 GitOps 工具管理，可能被还原",
        Code::PreImageTooLarge => "开关原值过大，无法保存",
        Code::ApprovalAwaited => "等待审批",
        Code::Approved => "审批通过",
        Code::Denied => "审批拒绝",
        Code::ApprovalVoid => "审批内容与当前方案不符",
        Code::ApprovalTimedOut => "审批超时",
        Code::ActionFailed => "动作执行失败",
        Code::CutVerified => "已回读确认生效",
        Code::Recovered => "指标恢复正常",
        Code::NotRecovered => "指标尚未恢复",
        Code::Blind => "监控数据缺失",
        Code::ProbeStarted => "试探放回中",
        Code::ProbePassed => "试探放回通过",
        Code::ProbeIdle => "试探放回期间没有流量",
        Code::Relapsed => "试探放回期间再次恶化",
        Code::TooManyRelapses => "多次试探放回均再次恶化",
        Code::Improved => "动作后指标好转",
        Code::Ineffective => "动作后指标未好转",
        Code::Inconclusive => "无法判断动作是否有效",
        Code::Unlatched => "已人工解除锁定",
        Code::DeadlineReached => "已到最长持续时间",
        Code::ForeignEdit => "开关被他人修改",
        Code::FlagGone => "开关被删除或重建",
        Code::RestoreVerified => "已回读确认恢复原值",
        Code::PolicyGone => "策略已删除",
        Code::TierGone => "档位或动作已删除",
        Code::ModeChanged => "档位已改为不执行的模式",
        Code::ServiceGone => "服务已下线",
        Code::DecisionDeleted => "决策记录被删除，视为要求放开",
        Code::NothingChanged => "未留下任何变更",
        Code::NewerVersion => "记录来自更新的版本，只做恢复",
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
                "reject-rate (0.52 ratio) 越过限值 0.15（连续 4 次采样），成立；p99 (2 s) 异常 （常态区间 0.1 ~ 0.3），成立",
            ),
            (Code::ProbePassed, "well during the probe: a (1) above 2 is False", "试探放回期间指标正常：a (1) 高于 2，不成立"),
            (Code::RestoreVerified, "every flag was read back with its original", "所有开关已回读确认恢复原值"),
            (Code::BudgetExceeded, "5 of 5 live holds in shop", "动作额度已用完（5 of 5 live holds in shop）"),
            (Code::Paused, "", "已被人工暂停"),
        ] {
            assert_eq!(chinese(&Reason::new(code, message)), expected);
        }
    }

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| word(*code)).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
