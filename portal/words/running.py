"""What setting up, starting and devices may refuse."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "undo.card_taken": Label(
        "没有撤销：{name}（{code}）已放进别的发布单。",
        "Not undone: {name} ({code}) has gone on another sheet.",
    ),
    "undo.changed": Label(
        "没有撤销：情况已有变化，撤销不了了。", "Not undone: things have changed since."
    ),
    "undo.not_found": Label("没有可撤销的操作。", "There is nothing to undo."),
    "undo.taken": Label("已经撤销过了。", "This was undone already."),
    "undo.too_late": Label(
        "没有撤销：只能在操作后 10 秒内撤销。",
        "Not undone: that is possible for 10 seconds only.",
    ),
    "analytics.not_watched": Label(
        "资产 {card} 没有绑定传感器，或其网关刚登记、还没有数据。",
        "No sensor watches {card}, or its gateway was registered lately and has sent nothing yet.",
    ),
    "analytics.no_rule": Label(
        "资产 {card} 的分类没有适用的闲置规则，不作判定。请用 panhuo rule add 添加。",
        "No idle rule holds for the category of {card}, so it is not judged: see panhuo rule add.",
    ),
    "analytics.outside_past": Label(
        "--from（{first}）须早于 --to（{last}），且两者不晚于现在。",
        "--from ({first}) must be before --to ({last}), and neither later than now.",
    ),
    "binding.bound_already": Label(
        "传感器 {sensor} 已绑定资产 {card}。", "Sensor {sensor} watches {card} already."
    ),
    "binding.bound_elsewhere": Label(
        "传感器 {sensor} 已绑定资产 {card}。要改绑请加 --move：原绑定结束，原调试验证失效。",
        "Sensor {sensor} watches {card}. With --move that binding ends, and its proof with it.",
    ),
    "binding.card_disposed": Label("资产 {card} 已处置。", "{card} has been disposed of."),
    "binding.later": Label(
        "{since} 还没有到：绑定只能从现在或以前开始。",
        "{since} is still to come: a binding begins now or earlier.",
    ),
    "binding.no_use_in_room": Label(
        "类型为 {kind} 的传感器不能用作房间传感器：只有光电和温度传感器的房间读数对判定有用。",
        "A sensor of the kind {kind} can't watch a room: only light and temperature of a room help "
        "to judge its assets.",
    ),
    "binding.of_room": Label(
        "传感器 {sensor} 现为房间传感器，不绑定资产。要改绑请用 gateway bind 加 --move。",
        "Sensor {sensor} watches its room. To have it watch an asset, use gateway bind with "
        "--move.",
    ),
    "binding.none": Label("传感器 {sensor} 没有绑定资产。", "Sensor {sensor} watches no asset."),
    "binding.earlier": Label(
        "这个传感器在 {since} 之后已另有绑定。", "This sensor has been bound later than {since}."
    ),
    "binding.unknown": Label(
        "没有传感器 {sensor} 或卡片 {card}。", "There is no sensor {sensor} or no card {card}."
    ),
    "broker.authority_key_missing": Label(
        "缺少 {path}：证书颁发机构的私钥不在。请为这条命令放回它；新建一个机构会把信任原机构的网关全部拒之门外。"
        "确要新建，请先移走 ca.pem。",
        "{path} is missing, the authority's key. Put it back for this command: a new authority "
        "would shut out every gateway that trusts this one. To make one all the same, move ca.pem "
        "away first.",
    ),
    "broker.certificate_unusable": Label(
        "证书 {path} 无法使用：证书和私钥须为可读的 PEM 文件、彼此匹配，私钥不加口令。",
        "The certificate {path} can't be used: certificate and key must be readable PEM files "
        "that belong together, the key without a pass phrase.",
    ),
    "broker.key_missing": Label(
        "PANHUO_BROKER_CERTIFICATE 与 PANHUO_BROKER_KEY 须同时设置。",
        "Set both PANHUO_BROKER_CERTIFICATE and PANHUO_BROKER_KEY, or neither.",
    ),
    "broker.name_unusable": Label(
        "PANHUO_BROKER_NAMES：{name} 不是主机名或地址。",
        "PANHUO_BROKER_NAMES: {name} is neither a host name nor an address.",
    ),
    "broker.no_such_collector": Label(
        "PANHUO_BROKER_COLLECTORS 中没有采集器 {worker}。",
        "PANHUO_BROKER_COLLECTORS has no collector {worker}.",
    ),
    "broker.not_configured": Label(
        "没有 {path}。请以运行消息代理的同一用户执行 panhuo broker configure。",
        "There is no {path}. Run `panhuo broker configure` as the user who runs the broker.",
    ),
    "broker.plain_elsewhere": Label(
        "不加密的监听只允许在本机回环地址，不允许在 {host}。请关闭 PANHUO_BROKER_PLAIN。",
        "Without TLS the broker listens on loopback only, not on {host}: "
        "unset PANHUO_BROKER_PLAIN.",
    ),
    "broker.no_user": Label(
        "本机没有可供消息代理使用的用户（mosquitto 或 nobody）。",
        "This machine has no user for the broker to run as (mosquitto or nobody).",
    ),
    "broker.not_installed": Label(
        "找不到 mosquitto。请安装：apt-get install mosquitto",
        "mosquitto is not to be found. Install it: apt-get install mosquitto",
    ),
    "collector.no_database_url": Label(
        "采集器没有数据库地址，请设置 PANHUO_DATABASE_URL。",
        "The collector has no database: set PANHUO_DATABASE_URL.",
    ),
    "database.admin_lacks": Label(
        "{user} 的权限不够。请由超级用户在数据库 {database} 里执行：{statement} 然后再运行一次。",
        "{user} lacks a right. Let a superuser run in the database {database}: {statement} Then run this again.",
    ),
    "database.closed": Label(
        "数据库 {name} 不允许这个角色连接：{why}", "The database {name} does not let this role connect: {why}"
    ),
    "database.data_in_use": Label(
        "数据目录 {path} 正被另一个盘活进程使用。请先停止它。",
        "Another panhuo uses the data folder {path}. Stop it first.",
    ),
    "database.failed": Label("数据库出错：{why}", "The database failed: {why}"),
    "database.initdb_failed": Label(
        "建立数据库失败：{output}", "Making the database failed: {output}"
    ),
    "database.missing": Label(
        "没有数据库 {name}。请用管理员的 PANHUO_DATABASE_URL 运行 panhuo db init。",
        "There is no database {name}. Run `panhuo db init` with an administrator's PANHUO_DATABASE_URL.",
    ),
    "port.none_free": Label(
        "从 {first} 起的 200 个端口都被占用。", "200 ports from {first} on are all taken."
    ),
    "database.no_mirror": Label(
        "apt 没有配置软件源。", "apt has no package mirror configured."
    ),
    "database.no_rights": Label(
        "PANHUO_DATABASE_URL 的角色没有这项权限：{why}",
        "The role of PANHUO_DATABASE_URL may not do this: {why}",
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
    "database.not_reached": Label(
        "连不上数据库服务器，请核对主机、端口和网络：{why}",
        "The database server is not reached. Check host, port and network: {why}",
    ),
    "database.password_wrong": Label(
        "数据库角色 {name} 的口令不对。请核对 PANHUO_DATABASE_URL 和数据目录（PANHUO_DATA）的 secrets.json。",
        "The password of the database role {name} is wrong. Check PANHUO_DATABASE_URL and secrets.json in the data folder (PANHUO_DATA).",
    ),
    "database.passwords_elsewhere": Label(
        "服务器上已有角色 {roles}，但数据目录 {data} 里没有它们的口令。请把 PANHUO_DATA 设为原来的数据目录；口令若已丢失，运行 panhuo db passwords 重设（各进程须换用新地址）。",
        "The server has the roles {roles} already, and the data folder {data} lacks their passwords. Set PANHUO_DATA to the folder of that installation; where the passwords are lost, `panhuo db passwords` sets new ones (every process then needs its new URL).",
    ),
    "database.roles_missing": Label(
        "服务器上还没有角色 {roles}。请先运行 panhuo db init。",
        "The server lacks the roles {roles}. Run `panhuo db init` first.",
    ),
    "database.schema_behind": Label(
        "数据库结构比程序旧：{why}。请运行 panhuo db migrate。",
        "The schema is older than the program: {why}. Run `panhuo db migrate`.",
    ),
    "database.secrets_lost": Label(
        "{data} 里的口令与它的数据库不符：数据目录曾被删除，数据库还在。要重新开始，请运行 panhuo demo --forget。",
        "The passwords in {data} are not those of its database: the folder was removed, the database was not. To start afresh, run panhuo demo --forget.",
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
    "database.url_malformed": Label(
        "PANHUO_DATABASE_URL 不是 postgresql://用户:口令@主机:端口/数据库 形式的地址。",
        "PANHUO_DATABASE_URL is no address of the form postgresql://user:password@host:port/database.",
    ),
    "device.name_reserved": Label("名称 {name} 已保留，请换一个。", "The name {name} is reserved."),
    "device.name_taken": Label("名称 {name} 已被使用。", "The name {name} is taken."),
    "device.name_unusable": Label(
        "名称 {name} 不可用：只能用字母、数字、- 和 _，量程下限须小于上限。",
        "{name} can't be used: letters, digits, - and _ only, and the range must not be empty.",
    ),
    "device.deactivated": Label(
        "{device} 已停用，请先启用。", "{device} is deactivated: activate it first."
    ),
    "device.no_such_gateway": Label("没有网关 {gateway}。", "There is no gateway {gateway}."),
    "device.no_such_kind": Label(
        "没有传感器类型 {kind}；可用：{kinds}。",
        "There is no kind of sensor {kind}. There are: {kinds}.",
    ),
    "device.kind_unusable": Label(
        "传感器类型 {kind} 不可用：名称只能用小写字母、数字和 _，单位最多 16 个 ASCII 字符，"
        "量程下限须小于上限，名称文字不能为空。",
        "The kind {kind} can't be used: its name may have small letters, digits and _ only, its"
        " unit up to 16 ASCII characters, its range and its words must not be empty.",
    ),
    "device.no_such_sensor": Label("没有传感器 {sensor}。", "There is no sensor {sensor}."),
    "device.no_such_unit": Label("没有单位 {unit}。", "There is no unit {unit}."),
    "proof.not_bound": Label(
        "传感器 {sensor} 没有绑定资产：先绑定，再验证。",
        "Sensor {sensor} watches no asset: bind it first, then prove it.",
    ),
    "ops.admin_needed": Label(
        "此命令需要数据库管理员的 PANHUO_DATABASE_URL，现在是 {role} 的。",
        "This takes an administrator's PANHUO_DATABASE_URL; it is that of {role} now.",
    ),
    "ops.file": Label("无法读写文件 {path}：{why}", "The file {path} can't be used: {why}"),
    "ops.no_password": Label(
        "数据目录 {data} 里没有 {role} 的口令。请把 PANHUO_DATA 设为运行 panhuo db init 时的数据目录，或把 PANHUO_DATABASE_URL 设为该角色自己的地址。",
        "The data folder {data} has no password of {role}. Set PANHUO_DATA to the folder that `panhuo db init` was run with, or PANHUO_DATABASE_URL to that role's own URL.",
    ),
    "ops.nothing_runs": Label(
        "{data} 没有正在运行的盘活。请先 make demo，或设置 PANHUO_DATABASE_URL。",
        "No panhuo runs on {data}. Start `make demo`, or set PANHUO_DATABASE_URL.",
    ),
    "port.taken": Label(
        "端口 {port} 已被占用。请停止占用它的程序，或换一个：make demo PORT=9000",
        "Port {port} is taken. Stop what listens there, or choose another: make demo PORT=9000",
    ),
    "ops.setting_wrong": Label("设置 {name} 不对：{why}", "The setting {name} is wrong: {why}"),
}  # fmt: skip
