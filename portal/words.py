"""Refusals in words: every code that the rooms raise, in both languages (J3)."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from db import Refused
from registry.words import Label

ZONE: Final = ZoneInfo("Asia/Shanghai")

WORDS: Final = {
    # code: (Chinese, English); {fact} is filled in
    "binding.earlier": Label(
        "这个传感器在 {since} 之后已另有绑定。", "This sensor has been bound later than {since}."
    ),
    "binding.unknown": Label(
        "没有传感器 {sensor} 或卡片 {card}。", "There is no sensor {sensor} or no card {card}."
    ),
    "broker.no_user": Label(
        "本机没有可供消息代理使用的用户（mosquitto 或 nobody）。",
        "This machine has no user for the broker to run as (mosquitto or nobody).",
    ),
    "broker.not_installed": Label(
        "找不到 mosquitto。请安装：apt-get install mosquitto",
        "mosquitto is not to be found. Install it: apt-get install mosquitto",
    ),
    "card.no_such_card": Label("没有编号为 {code} 的卡片。", "There is no card with code {code}."),
    "collector.no_database_url": Label(
        "采集器没有数据库地址，请设置 PANHUO_DATABASE_URL。",
        "The collector has no database: set PANHUO_DATABASE_URL.",
    ),
    "database.data_in_use": Label(
        "数据目录 {path} 正被另一个盘活进程使用。请先停止它。",
        "Another panhuo uses the data folder {path}. Stop it first.",
    ),
    "database.initdb_failed": Label(
        "建立数据库失败：{output}", "Making the database failed: {output}"
    ),
    "database.no_free_port": Label(
        "从 {first} 起的 200 个端口都被占用。", "200 ports from {first} on are all taken."
    ),
    "database.no_mirror": Label(
        "apt 没有配置软件源。", "apt has no package mirror configured."
    ),
    "database.no_timescaledb": Label(
        "该 PostgreSQL 没有 TimescaleDB 扩展。请在服务器上安装它。",
        "That PostgreSQL has no TimescaleDB extension. Install it on the server.",
    ),
    "database.none_found": Label(
        "本机没有带 TimescaleDB 的 PostgreSQL。请运行 make setup，或设置 PANHUO_DATABASE_URL。",
        "No PostgreSQL with TimescaleDB is on this machine. "
        "Run `make setup`, or set PANHUO_DATABASE_URL.",
    ),
    "database.start_failed": Label(
        "数据库没有启动，日志见 {log}。", "The database did not start; its log is {log}."
    ),
    "database.timescaledb_not_preloaded": Label(
        "TimescaleDB 没有预加载。请在 postgresql.conf 设置 "
        "shared_preload_libraries = 'timescaledb' 并重启。",
        "TimescaleDB is not preloaded. Set shared_preload_libraries = 'timescaledb' "
        "in postgresql.conf and restart.",
    ),
    "database.tree_broken": Label(
        "{path} 里的 Debian 系统不完整，请删除后重新运行。",
        "The Debian root in {path} is incomplete: remove it and run again.",
    ),
    "database.tree_failed": Label(
        "准备 Debian 13 系统失败：{output}", "Making the Debian 13 root failed: {output}"
    ),
    "device.name_reserved": Label("名称 {name} 已保留，请换一个。", "The name {name} is reserved."),
    "device.name_taken": Label("名称 {name} 已被使用。", "The name {name} is taken."),
    "device.name_unusable": Label(
        "名称 {name} 不可用：只能用字母、数字、- 和 _，量程下限须小于上限。",
        "{name} can't be used: letters, digits, - and _ only, and the range must not be empty.",
    ),
    "device.no_such_gateway": Label("没有这个网关。", "There is no such gateway."),
    "device.no_such_unit": Label("没有这个单位。", "There is no such unit."),
    "ops.nothing_runs": Label(
        "{data} 没有正在运行的盘活。请先 make demo，或设置 PANHUO_DATABASE_URL。",
        "No panhuo runs on {data}. Start `make demo`, or set PANHUO_DATABASE_URL.",
    ),
    "ops.port_taken": Label(
        "端口 {port} 已被占用。请停止占用它的程序，或换一个：make demo PORT=9000",
        "Port {port} is taken. Stop what listens there, or choose another: make demo PORT=9000",
    ),
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
    "photo.no_picture": Label(
        "这不是可用的图片。请上传 JPEG、PNG 或 WebP。",
        "This is no picture that can be used. Upload JPEG, PNG or WebP.",
    ),
    "photo.too_large": Label("图片超过 {most} 字节。", "The picture has more than {most} bytes."),
    "photo.too_many_pixels": Label(
        "图片超过 {most} 像素，请缩小后上传。", "The picture has more than {most} pixels."
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
    "suggestion.closed_already": Label(
        "这条建议刚才已经有人处理，请刷新查看。", "Somebody has just closed this suggestion."
    ),
    "suggestion.not_found": Label("没有这条建议。", "There is no such suggestion."),
    "suggestion.reason_long": Label("原因最多 {most} 个字。", "A reason has {most} characters at most."),
    "suggestion.reason_missing": Label(
        "请写明不采纳的原因，如“每年汛期集中使用”。",
        "Say why you dismiss it, such as “used in the flood season only”.",
    ),
}  # fmt: skip


def words_for(refused: Refused, language: str) -> str:
    """The sentence of a refusal in 'zh' or 'en', its facts filled in."""
    sentence = WORDS[refused.code].of(language)
    return sentence.format(**{name: _fact(value) for name, value in refused.facts.items()})


def _fact(value: object) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return value
