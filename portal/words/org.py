"""Refusals about units, people and reference lists."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "org.address": Label("“{value}”不是 IP 地址。", "“{value}” is no IP address."),
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
    "org.password_expired": Label(
        "临时口令已过期，请联系系统管理员重新设置{administrators}。",
        "This temporary password has expired. Ask your administrator for a new one{administrators}.",
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
        "第 {row} 行：code“{code}”格式不对，应为{rule}。",
        "Row {row}: the code “{code}” is malformed: {rule}.",
    ),
    "reference.code_twice": Label(
        "第 {row} 行：编码 {code} 重复。", "Row {row}: the code {code} comes twice."
    ),
    "reference.column_missing": Label(
        "第 1 行（列名）缺少“{column}”，应有：{columns}",
        "Row 1, the heading, lacks “{column}”. It has to be: {columns}",
    ),
    "reference.empty": Label("第 {row} 行：“{column}”不能为空。", "Row {row}: “{column}” is empty."),
    "reference.level_unknown": Label(
        "第 {row} 行：level“{level}”不在级次之列，可填：{levels}",
        "Row {row}: level “{level}” is none of {levels}",
    ),
    "reference.no_category": Label(
        "第 {row} 行：没有分类编码 {code}。", "Row {row}: there is no category {code}."
    ),
    "reference.synonym": Label(
        "第 {row} 行：俗称不能为空，最多 {most} 个字。",
        "Row {row}: a common name has 1 to {most} characters.",
    ),
    "reference.no_parent": Label(
        "第 {row} 行：没有上级编码 {parent}。", "Row {row}: there is no parent {parent}."
    ),
    "reference.rows_wrong": Label("有 {count} 行要改。", "Rows to mend: {count}."),
    "reference.row_short": Label("第 {row} 行：列数不够。", "Row {row} has too few columns."),
    "org.closure_day": Label("请填写 2000 至 2100 年之间的日期，例如 2026-07-06。", "Give a date between the years 2000 and 2100, such as 2026-07-06."),
    "org.closure_long": Label("一次暂停办公最多 {most} 天。", "A closure has {most} days at most."),
    "org.closure_not_found": Label("没有这段暂停办公，可能刚被删除。", "There is no such closure. It may just have been deleted."),
    "org.closure_overlaps": Label("与这个单位已登记的暂停办公重叠：{since} 至 {until}（{reason}）。", "This overlaps a closure that the unit has already: {since} to {until} ({reason})."),
    "org.closure_reason": Label("请填写原因，最多 {most} 个字。", "Give a reason, {most} characters at most."),
    "org.closure_stale": Label("这段暂停办公刚被别人修改过，请刷新后重新填写。", "Somebody has just changed this closure. Reload, then try again."),
    "org.closure_turned": Label("最后一天不能早于第一天 {since}。", "The last day can't be before the first, {since}."),
    "org.beyond_scope": Label("超出您的管理范围：只能管理本单位及下级单位，不能授予比自己更大的查看范围。", "This reaches beyond what you manage: your unit and those below it, and no wider view than your own."),
    "org.email_malformed": Label("电子邮箱格式不对，例如 name@example.cn。", "This is no e-mail address, such as name@example.cn."),
    "org.last_administrator": Label("这是最后一名在用的 001 系统管理员，不能停用或取消其权限。", "This is the last active 001 administrator and must stay one."),
    "org.own_rights": Label("不能停用自己，也不能修改自己的单位、类型和角色，请由其他管理员办理{administrators}。", "Nobody deactivates themselves or changes their own unit, type or roles. Ask another administrator{administrators}."),
    "org.password_differs": Label("两次输入的新口令不一致。", "The new password was not typed the same twice."),
    "org.password_pattern": Label("口令里大半是日期、重复或键盘上的连续字符。请换一个。", "Most of this password is dates, repeats or keys in a row. Choose another."),
    "org.password_present_wrong": Label("现在的口令不对。", "The present password is wrong."),
    "org.password_same": Label("新口令不能与现在的相同。", "The new password is the present one."),
    "org.password_says_name": Label("口令不能由姓名构成。", "A password must not say the name."),
    "org.person_name": Label("请填写姓名，最多 {most} 个字。", "Give a name, {most} characters at most."),
    "org.person_no_role": Label("至少选一个角色。", "Choose one role at least."),
    "org.person_not_found": Label("没有这名用户。", "There is no such user."),
    "org.person_type": Label("{kind}“{unit}”的用户应为 {right}，不能是 {type}。", "A user of {unit} ({kind}) is {right}, not {type}."),
    "org.person_stale": Label("这名用户刚被别人修改过，请刷新后重新填写。", "Somebody has just changed this user. Reload, then try again."),
    "org.phone_malformed": Label("这不是可拨通的电话，例如 0898-65301234 或 13876012345；多个号码用顿号分开，最多 {most} 个字符。", "This is no telephone number that can be dialled, such as 0898-65301234 or 13876012345; {most} characters at most."),
    "org.section_elsewhere": Label("这个部门不属于所选单位。", "This section is not of the chosen unit."),
    "org.section_name": Label("请填写部门名称，最多 {most} 个字。", "Give the section a name, {most} characters at most."),
    "org.section_not_found": Label("没有这个部门。", "There is no such section."),
    "org.section_taken": Label("本单位已有部门“{name}”。", "The unit already has a section {name}."),
    "org.section_used": Label("部门下还有人员或卡片，不能删除。", "People or cards are of this section: it stays."),
    "org.sign_in_again": Label("验证超时或口令已变更，请重新登录。", "It took too long, or the password has changed. Sign in again."),
    "org.unit_circle": Label("不能把单位移到它自己的下级之下。", "A unit can't be moved below itself."),
    "org.unit_closed": Label("单位已停用或不在您的管理范围内。", "The unit is not active, or not one that you manage."),
    "org.unit_unknown": Label("没有这个单位：请输入编码或名称，从列表中选择。", "There is no such unit: type its code or name, and choose from the list."),
    "org.unit_has_people": Label("单位还有 {count} 名在用用户，请先停用或调离。", "The unit still has {count} active users. Deactivate or move them first."),
    "org.unit_has_units": Label("单位还有 {count} 个在用的下级单位。", "There are still {count} active units below it."),
    "org.unit_lacks": Label("请填写，最多 {most} 个字。", "Fill this in, {most} characters at most."),
    "org.unit_not_found": Label("没有这个单位。", "There is no such unit."),
    "org.unit_stale": Label("这个单位刚被别人修改过，请刷新后重新填写。", "Somebody has just changed this unit. Reload, then try again."),
    "session.not_found": Label("这处登录已经结束。", "This session has ended already."),
    "second_factor.code_wrong": Label("验证码不对或已用过。请输入应用里最新的 6 位数字。", "The code is wrong or used. Type the newest six digits."),
    "second_factor.not_begun": Label("请先重新生成二维码。", "Ask for a new picture first."),
    "second_factor.required": Label("您的岗位要求两步验证，不能关闭。", "Your role needs the second factor: it can't be turned off."),
    "second_factor.off_already": Label("两步验证没有开启。", "The second factor is off already."),
    "second_factor.on_already": Label("两步验证已经开启。", "The second factor is on already."),
}  # fmt: skip
