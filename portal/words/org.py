"""Refusals about units, people and reference lists."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "org.login_malformed": Label(
        "登录名 {login} 不合规：2 至 32 位小写字母、数字、点、- 或 _。",
        "{login} is no login: 2 to 32 small letters, digits, dots, - or _.",
    ),
    "org.login_taken": Label("登录名 {login} 已被使用。", "The login {login} is taken."),
    "org.no_such_unit": Label("没有单位 {code}。", "There is no unit {code}."),
    "org.no_such_user": Label("没有用户 {login}。", "There is no user {login}."),
    "org.password_common": Label(
        "这个口令太常见，容易被猜中。请换一个。", "This password is common and easily guessed."
    ),
    "org.password_long": Label("口令最多 {most} 个字符。", "A password has {most} characters at most."),
    "org.password_says_login": Label("口令不能由登录名构成。", "A password must not say the login."),
    "org.password_short": Label("口令至少 {least} 个字符。", "A password has at least {least} characters."),
    "org.sign_in_locked": Label(
        "尝试次数过多，请在 {until} 之后再试。", "Too many tries. Try again after {until}."
    ),
    "org.sign_in_wrong": Label(
        "登录名或口令不对，请核对后重试。", "Login or password is wrong. Check both and try again."
    ),
    "org.unit_above_unknown": Label(
        "没有财政区划 {division}，或上级单位不存在。",
        "There is no division {division}, or no such body above.",
    ),
    "org.unit_malformed": Label("单位编码和名称都不能为空。", "A unit needs a code and a name."),
    "org.unit_taken": Label(
        "单位编码 {code} 或名称“{name}”已登记。", "The code {code} or the name {name} is taken."
    ),
    "reference.circle": Label(
        "第 {row} 行：编码 {code} 成了自己的上级。", "Row {row}: {code} is above itself."
    ),
    "reference.code_malformed": Label(
        "第 {row} 行：编码“{code}”格式不对。", "Row {row}: the code “{code}” is malformed."
    ),
    "reference.code_twice": Label(
        "第 {row} 行：编码 {code} 重复。", "Row {row}: the code {code} comes twice."
    ),
    "reference.column_missing": Label("缺少“{column}”列。", "The column “{column}” is missing."),
    "reference.empty": Label("第 {row} 行：“{column}”不能为空。", "Row {row}: “{column}” is empty."),
    "reference.level_unknown": Label(
        "第 {row} 行：没有级次“{level}”。", "Row {row}: there is no level “{level}”."
    ),
    "reference.no_parent": Label(
        "第 {row} 行：没有上级编码 {parent}。", "Row {row}: there is no parent {parent}."
    ),
    "reference.row_short": Label("第 {row} 行：列数不够。", "Row {row} has too few columns."),
}  # fmt: skip
