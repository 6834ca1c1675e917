"""The catalogue of phrases: English, Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHINESE: Mapping[str, str] = MappingProxyType(
    {
        # words
        "ok": "正常",
        "info": "提示",
        "warning": "警告",
        "critical": "严重",
        "unknown": "未知",
        "firing": "告警中",
        "acknowledged": "已确认",
        "resolved": "已恢复",
        "alert": "告警",
        "decision": "决策",
        "first sweep": "首次巡检",
        "digest": "摘要",
        "notice": "通知",
        "answer": "回答",
        "proposed": "已提出",
        "analysed": "已分析",
        "waiting": "等待中",
        "approved": "已批准",
        "rejected": "已拒绝",
        "expired": "已过期",
        "withdrawn": "已撤回",
        "executing": "执行中",
        "verified": "已验证",
        "failed": "失败",
        "rolled_back": "已回滚",
        "pending": "排队中",
        "running": "运行中",
        "timeout": "超时",
        "cancelled": "已取消",
        "budget": "超出预算",
        "repeated": "重发",
        "state": "状态",
        "severity": "级别",
        "since": "开始于",
        "until": "截止",
        "acknowledged by": "确认人",
        "why asked": "询问原因",
        "decided by": "决定人",
        "note": "备注",
        # alerts
        ", acknowledged by {who}": "，已由 {who} 确认",
        "silenced by {who} at {time} UTC": "已由 {who} 于 {time} UTC 静默",
        "still firing": "仍在告警",
        "recognised: {what} (seen {seen}×, helped {helped} of {tried}; {verified}; memory {memory})": (
            "已识别：{what}（出现 {seen} 次，{tried} 次处理中 {helped} 次有效；{verified}；记忆 {memory}）"
        ),
        "not verified": "未验证",
        "still {severity}: {summary}": "仍为{severity}：{summary}",
        "{verb}: {count} alerts ({names})": "{verb}：{count} 条告警（{names}）",
        "{severity}, since {time} UTC": "{severity}，自 {time} UTC 起",
        "since {time} UTC": "自 {time} UTC 起",
        "{begin} to {end}": "{begin} 至 {end}",
        "resolved: {summary}": "已恢复：{summary}",
        "{count} more": "另有 {count} 条",
        "Cortex cannot persist: {reason}. It watches on, but records nothing": (
            "Cortex 无法写入数据：{reason}。监视仍在继续，但不作记录"
        ),
        "the monitor can be written again; Cortex goes on": "数据又可以写入；Cortex 恢复正常",
        "found while nothing can be recorded:": "在无法记录期间发现：",
        "not told: {why}": "暂不通知：{why}",
        "flapping: {summary}": "反复波动：{summary}",
        "no longer flapping: {summary}": "不再波动：{summary}",
        "{count} changes of late; further ones are held until it is steady": "近期变化 {count} 次；稳定之前不再通知",
        "it is resolved": "已恢复",
        "it fires": "正在告警",
        "{who} had acknowledged it; that has lapsed, and it still fires": "{who} 曾确认；确认已失效，仍在告警",
        "nobody has acknowledged it within {time}, so {receiver} is told": "{time} 内无人确认，现通知 {receiver}",
        "escalated: {summary}": "已升级：{summary}",
        "quiet hours: {alerts} still firing, {over} over": "静默时段：{alerts}仍在持续，{over} 条已结束",
        "the last seven days": "最近七天",
        "{count} older ones: {command}": "更早的 {count} 条：{command}",
        "1 alert depends on it: {names}": "1 条告警依赖于它：{names}",
        "{count} alerts depend on it: {names}": "{count} 条告警依赖于它：{names}",
        "{summary}: solved by {action}": "{summary}：已由 {action} 解决",
        "would have run {action} ({reason})": "本会执行 {action}（{reason}）",
        "1 alert": "1 条告警",
        "{count} alerts": "{count} 条告警",
        "1 event": "1 个事件",
        "{count} events": "{count} 个事件",
        "{count} times {name}": "{name}：{count} 次",
        "over after {mean} on average, after {longest} at the longest": "平均 {mean} 后恢复，最长 {longest}",
        "1 change made by Cortex: {command}": "Cortex 所做的变更 1 项：{command}",
        "{count} changes made by Cortex: {command}": "Cortex 所做的变更 {count} 项：{command}",
        "still open since {time} UTC: {summary}": "自 {time} UTC 起仍未恢复：{summary}",
        "{count} more, told together because there were so many": "另有 {count} 条，因数量过多合并通知",
        "digest: {count} noted or fixed": "摘要：记录或修复 {count} 项",
        "while the channel was away: {events}": "通道中断期间：{events}",
        ", {alerts} still firing": "，{alerts}仍在持续",
        "first look at this host: {alerts}, {decisions}": "首次巡检本机：{alerts}，{decisions}",
        "1 more decision waits": "另有 1 项待决策",
        "{count} more decisions wait": "另有 {count} 项待决策",
        "test of the channel {channel}, asked for by {who}": "通道 {channel} 的测试，由 {who} 发起",
        "If you can read this, messages of Cortex arrive here. Nothing is wrong.": (
            "如果您看到此消息，说明 Cortex 的消息可以送达这里。一切正常。"
        ),
        # decisions
        "May I run {action}?": "是否执行 {action}？",
        "what would change": "将发生的变化",
        "source: {source}": "来源：{source}",
        "until: {time} UTC": "截止：{time} UTC",
        "before: {outlook}": "此前：{outlook}",
        "runbook: {link}": "处理手册：{link}",
        "because of {what}": "起因：{what}",
        "because: {summary}": "原因：{summary}",
        "evidence": "证据",
        "what it may cost": "可能的代价",
        "risk: {risk}, may hit {what}": "风险：{risk}，可能影响 {what}",
        "inverse: {inverse}": "逆操作：{inverse}",
        "record: {record}": "历史记录：{record}",
        "cost: at most {seconds} s": "耗时：至多 {seconds} 秒",
        ", advice for {usd} USD": "，建议花费 {usd} 美元",
        "none: {reason}": "无：{reason}",
        "reversible": "可撤销",
        "irreversible": "不可撤销",
        "instead: {other}": "替代方案：{other}",
        "{advice}; risk {risk}, {kind}": "{advice}；风险 {risk}，{kind}",
        "the model's advice": "模型的建议",
        "decided before": "以往的决定",
        "two persons have to approve": "需要两人批准",
        "approved by {people}; another person has to approve, too": "{people} 已批准；还需另一人批准",
        "whoever approves types: {name}": "批准者须输入：{name}",
        "{state} by {who}": "{who} {state}",
        "it is being carried out": "正在执行",
        "{action} is rolled back at {time} unless you confirm it": "除非您确认，{action} 将于 {time} 回滚",
        # buttons
        "Approve": "批准",
        "Reject": "拒绝",
        "Details": "详情",
        "Dry run": "预演",
        "Acknowledge {what}": "确认 {what}",
        "Silence 1 h": "静默 1 小时",
        "Silence 8 h": "静默 8 小时",
        "More": "更多",
        # answers
        "{verdict} (mode {mode})": "{verdict}（模式 {mode}）",
        "what is wrong": "存在的问题",
        "waits for you": "等待您处理",
        "notes": "说明",
        "labels": "标签",
        "precondition": "前提条件",
        "runs": "巡检记录",
        "no runs": "没有巡检记录",
        "1 open alert": "1 条未恢复的告警",
        "{count} open alerts": "{count} 条未恢复的告警",
        "no open alerts": "没有未恢复的告警",
        "1 waiting decision": "1 项待决策",
        "{count} waiting decisions": "{count} 项待决策",
        "no decision waits": "没有待决策的事项",
        "{count} more: {command}": "另有 {count} 条：{command}",
        "the action does not say what it would change": "该操作没有说明会改变什么",
        "no file is taken here; the whole text: {command}": "此处不接收文件；全文见：{command}",
        "… {count} more lines in the attached file": "…… 其余 {count} 行见附件",
        # what a touched button is answered
        "approved: {action}": "已批准：{action}",
        "rejected: {action}": "已拒绝：{action}",
        "acknowledged: {summary}": "已确认：{summary}",
        "silenced for {time}": "已静默 {time}",
        "{action} cannot be undone. To approve, reply to this message with: {name}": (
            "{action} 无法撤销。如要批准，请回复此消息并输入：{name}"
        ),
        "it cannot be undone: type {name} as a reply": "此操作无法撤销：请在回复中输入 {name}",
        "not allowed": "无权操作",
        "this button was used already": "此按钮已使用过",
        "this button is not one of mine": "此按钮并非由我发出",
        "this button is too old; ask again: /alerts or /decisions": "此按钮已过期；请重新查询：/alerts 或 /decisions",
        "that went wrong; the daemon's log says why": "操作出错；原因见守护进程日志",
        "this question is not open any more; touch Approve again": "此询问已失效；请再次点击批准",
        "no {noun} {id}": "没有{noun} {id}",
        "{id} is the beginning of more than one {noun}: {candidates}": "{id} 是多条{noun}编号的开头：{candidates}",
        "there is no inspection {inspection}; there are: {known}": "没有巡检项 {inspection}；现有：{known}",
        "the daemon is stopping; no new runs": "守护进程正在停止，不再开始新的巡检",
        "alert {id} is {state} already": "告警 {id} 已处于“{state}”状态",
        "there are {count} silences already": "静默已达 {count} 条上限",
        "decision {id} is {state} already": "决策 {id} 已处于“{state}”状态",
        "decision {id} is {state} already; {who} decided it": "决策 {id} 已处于“{state}”状态，由 {who} 决定",
        "decision {id} expired at {time} UTC": "决策 {id} 已于 {time} UTC 过期",
        "decision {id} is bound to another hash than the one you saw": "决策 {id} 的内容已变，与您看到的不同",
        "the stored decision is not the one that was asked; nothing was run": "存储的决策与所询问的不符；未执行操作",
        "{action} is not allowed: {reason}": "不允许执行 {action}：{reason}",
        "type the name of its object: cortexctl decisions approve {id} --confirm {name}": (
            "请输入其对象的名称：cortexctl decisions approve {id} --confirm {name}"
        ),
        "two persons have to approve, and {who} is none that `people` of the configuration lists; "
        "root is known by who logged in": ("需要两人批准，而 {who} 不在配置的 `people` 中；root 以登录者的身份计"),
        "{who} has approved already; another person has to approve, too": "{who} 已批准过；还需另一人批准",
        "Somebody else changed it in between.": "期间已被他人更改。",
        "The monitor cannot be written: the disk is full, failing or read-only, or another program locks the file.": (
            "无法写入监控数据库：磁盘已满、故障或只读，或文件被其他程序锁定。"
        ),
        # commands
        "how the host is": "主机状态",
        "what is wrong: acknowledge, silence": "存在的问题：确认、静默",
        "what waits for your yes or no": "等待您决定的事项",
        "what was inspected": "巡检记录",
        "say nothing of an alert: /silence ID 8h": "静默一条告警：/silence ID 8h",
        "inspect now: /run INSPECTION": "立即巡检：/run INSPECTION",
        # questions
        "ask about the host: /ask why was it slow at three?": "询问主机情况：/ask 三点为什么变慢？",
        "say what you want to know, as in: /ask why was it slow at three?": (
            "请说明想了解什么，例如：/ask 三点为什么变慢？"
        ),
        "Investigate": "调查",
        "What is the cause of this, how bad is it, and what should a person do about it?": (
            "原因是什么，有多严重，应当如何处理？"
        ),
        "it is being looked into; the answer comes here": "正在调查，答案将发到这里",
        "no answer: {reason}": "没有答案：{reason}",
        "{cost} US dollars; reply to this message to ask on": "费用 {cost} 美元；回复此消息可继续提问",
        "no model is configured to answer questions: {remedy}": "未配置用于回答问题的模型：{remedy}",
        "set agent.backend in the configuration, and restart the daemon": (
            "请在配置中设置 agent.backend，然后重启守护进程"
        ),
        "the daemon is stopping; no new questions": "守护进程正在停止，不接受新问题",
        "the daemon is stopping": "守护进程正在停止",
        "the daemon ended during the question": "守护进程在回答期间结束",
        "{count} questions wait for their answers already; try again later": (
            "已有 {count} 个问题在等待回答，请稍后再试"
        ),
        "{count} questions of yours wait for their answers already": "您已有 {count} 个问题在等待回答",
        "there is no earlier question of yours to go on with": "没有可以继续的先前问题",
        "these commands": "命令列表",
        "say which alert and for how long, as in: /silence ID 8h (m, h or d; the ids: /alerts)": (
            "请指明告警和时长，例如：/silence ID 8h（单位 m、h 或 d；编号见 /alerts）"
        ),
        "say which inspection, as in: /run disks": "请指明巡检项，例如：/run disks",
        "say the code that `cortexctl telegram pair` shows, as in: /pair ABCD2345": (
            "请输入 `cortexctl telegram pair` 显示的配对码，例如：/pair ABCD2345"
        ),
        "{inspection} is inspected; what came of it: /runs": "正在巡检 {inspection}；结果见 /runs",
        "that was typed {minutes} min ago, by the clock of this host: too old, type it again": (
            "按本机时钟，该命令是 {minutes} 分钟前输入的：已过时，请重新输入"
        ),
        "paired: {name} may act here; /help": "配对成功：{name} 可在此操作；/help",
        "not allowed; to be paired: /pair CODE": "无权操作；如需配对：/pair CODE",
        "you speak as a group or a channel here; whoever is paired has to have a name": (
            "您正以群组或频道的身份发言；配对的人必须有名字"
        ),
        "this code is not good (any more); for another one type: cortexctl telegram pair": (
            "此配对码无效或已失效；如需新的配对码，请输入：cortexctl telegram pair"
        ),
        "another program listens to this Telegram bot: buttons and commands may do nothing here; messages go on. "
        "Each host needs a bot of its own": (
            "另有程序在接收此 Telegram 机器人的更新：按钮和命令可能不起作用，消息照常发送。每台主机都需要自己的机器人"
        ),
    }
)
