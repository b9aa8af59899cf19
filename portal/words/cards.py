"""Refusals about cards, their changes and files."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "card.no_such_card": Label("没有编号为 {code} 的卡片。", "There is no card with code {code}."),
    "card.unnamed": Label("请输入编号或名称。", "Give a code or a name."),
    "card.none_named": Label(
        "没有编号或名称是“{text}”的卡片，请核对后再试。",
        "No card has the code or name “{text}”: look again.",
    ),
    "card.several_named": Label(
        "“{text}”符合 {count} 张卡片，请选一张。",
        "“{text}” is found on {count} cards: choose one.",
    ),
    "card.many_named": Label(
        "“{text}”符合的卡片太多，这里是前 {count} 张。请选一张，或输入更完整的编号或名称。",
        "“{text}” is found on many cards, of which these are the first {count}."
        " Choose one, or give more of its code or name.",
    ),
    "photo.no_picture": Label(
        "这不是可用的图片。请上传 JPEG、PNG 或 WebP。",
        "This is no picture that can be used. Upload JPEG, PNG or WebP.",
    ),
    "photo.too_large": Label(
        "图片有 {size} MB，超过 {most} MB，请缩小后上传。",
        "The picture has {size} MB, more than {most} MB: upload a smaller one.",
    ),
    "photo.too_many_pixels": Label(
        "图片超过 {most} 像素，请缩小后上传。", "The picture has more than {most} pixels."
    ),
    "attachment.empty": Label(
        "这个附件是空文件。",
        "This attachment is empty.",
    ),
    "attachment.not_so": Label(
        "“{name}”的内容不是 {ending} 文件。",
        "What {name} holds is no {ending} file.",
    ),
    "attachment.too_large": Label(
        "“{name}”有 {size} MB，超过 {most} MB，请压缩或拆分后上传。",
        "{name} has {size} MB, more than {most} MB: compress or divide it.",
    ),
    "attachment.type": Label(
        "“{name}”这类文件不能作附件。可用：{allowed}",
        "Files such as {name} can't be attached. Possible: {allowed}",
    ),
    "card.code_taken": Label(
        "资产编号 {code} 已被使用。",
        "The code {code} is taken.",
    ),
    "card.codes_taken": Label(
        "送审之后，其中的资产编号已被别的卡片使用，全部没有入册。请退回后改正。",
        "A code has come into use since it was submitted: no card was brought in. Return it to be mended.",
    ),
    "change.another_in_review": Label(
        "这张卡片已有变动 {number} 在审核中，请等它办结。",
        "The change {number} of this card is under review: wait until it is done.",
    ),
    "change.applied_already": Label(
        "卡片已按这份变动更新，不能取消审核。需要改回时请另起一份变动。",
        "The card has been changed by it, so it can't be revoked. Draft another change to set it back.",
    ),
    "change.before_acquired": Label(
        "早于这件资产的取得日期 {acquired}。",
        "The asset was acquired later, on {acquired}.",
    ),
    "change.ended_already": Label(
        "到期日期已过，不能再办理出租出借。",
        "It would have ended already.",
    ),
    "change.ends_what_had_not_begun": Label(
        "早于“{kind}”的日期 {begun}。",
        "“{kind}” was on {begun}, which is later.",
    ),
    "change.lease_long": Label(
        "出租出借最长 {most} 年。",
        "{most} years at most.",
    ),
    "change.ends_before_it_begins": Label(
        "结束日期早于开始日期。",
        "It ends before it begins.",
    ),
    "change.import_is_not_edited": Label(
        "导入的变动不能逐项修改，请删除后重新导入。",
        "An import is not edited: delete it and import the mended file.",
    ),
    "change.not_found": Label(
        "没有这份变动。",
        "There is no such change.",
    ),
    "change.not_in_this_status": Label(
        "资产状态为“{status}”的卡片不能办理“{kind}”。",
        "A card that is “{status}” can't have “{kind}”.",
    ),
    "change.nothing_changed": Label(
        "没有任何一项发生变动，请先修改。",
        "Nothing is changed yet.",
    ),
    "change.other_unit": Label(
        "这张卡片属于{unit}，只有该单位的经办岗能发起变动{preparers}。",
        "The card is of {unit}: only its preparers draft changes{preparers}.",
    ),
    "change.outdated": Label(
        "卡片在起草之后又有变动，请按现在的卡片重新核对后再办。",
        "The card has changed since this was drafted: compare it anew with the card as it is.",
    ),
    "change.reason_long": Label(
        "变动说明最多 {most} 个字。",
        "The explanation has {most} characters at most.",
    ),
    "change.receiver_missing": Label(
        "这种处置形式要写明接收方。",
        "This form of disposal needs a receiver.",
    ),
    "change.same_status": Label(
        "资产状态和现在一样，请选择另一个。",
        "The status is the same as now: choose another.",
    ),
    "change.section_gone": Label(
        "部门“{section}”已不存在，请退回后改选。",
        "The section “{section}” no longer exists: return it to be mended.",
    ),
    "change.too_many_files": Label(
        "{what}最多 {most} 个，请去掉多出的。",
        "A card has {most} {what} at most: take some away.",
    ),
    "filter.name_long": Label(
        "方案名称最多 {most} 个字。",
        "The name has {most} characters at most.",
    ),
    "filter.name_missing": Label(
        "请给筛选方案起个名称。",
        "Give the filter a name.",
    ),
    "filter.too_many": Label(
        "最多保存 {most} 个筛选方案，请先删除不用的。",
        "{most} filters at most: delete one first.",
    ),
    "import.code_twice": Label(
        "资产编号 {code} 与第 {row} 行重复。",
        "The code {code} is in row {row} already.",
    ),
    "import.column_twice": Label(
        "“{column}”列出现了两次。",
        "The column “{column}” is there twice.",
    ),
    "import.column_unknown": Label(
        "第 {place} 列“{column}”不是卡片的字段，请改为模板里的列名或删除。",
        "Column {place}, “{column}”, is no field of a card: name it as in the template, or remove it.",
    ),
    "import.columns_missing": Label(
        "缺少必填的列：{columns}。",
        "Required columns are missing: {columns}.",
    ),
    "import.digits_lost": Label(
        "“{label}”（{cell}）是数字“{value}”，超过 15 位，表格软件已丢失后面的数字。请把这一列设为文本格式，重新填写。",
        "“{label}” ({cell}) is the number “{value}”: a spreadsheet keeps 15 digits and has lost the rest. Format the column as text and enter it again.",
    ),
    "import.error_value": Label(
        "“{label}”（{cell}）是错误值“{value}”，请改正后再导入。",
        "“{label}” ({cell}) is the error value “{value}”: correct it before importing.",
    ),
    "import.formula_without_result": Label(
        "“{label}”（{cell}）是公式“{value}”，文件里没有它的结果。请用表格软件打开并保存，或粘贴为数值。",
        "“{label}” ({cell}) is the formula “{value}”, and the file has no result of it. Open and save the file in a spreadsheet program, or paste the value.",
    ),
    "import.merged_across": Label(
        "“{label}”（{cell}）与左边的列合并成了一格“{value}”，请取消合并，逐列填写。",
        "“{label}” ({cell}) is merged with the column to its left as “{value}”: unmerge the cells and fill in each column.",
    ),
    "import.merged_amount": Label(
        "“{label}”（{cell}）与上面的行合并成了一格“{value}”，分不清是每件的还是合计。请取消合并，逐行填写。",
        "“{label}” ({cell}) is merged with the row above as “{value}”: each one's, or the sum? Unmerge the cells and fill in each row.",
    ),
    "import.undecodable": Label(
        "第 {row} 行的文字不是 UTF-8 或 GB18030 编码，请另存为其中一种，或另存为 XLSX 后重新上传。",
        "The text of row {row} is in neither UTF-8 nor GB18030. Save the file in one of them, or as XLSX, and upload it again.",
    ),
    "import.file_gone": Label(
        "找不到检查过的文件，请重新上传。",
        "The checked file is no longer there: upload it again.",
    ),
    "import.has_errors": Label(
        "还有 {rows} 行要改正，请重新上传改好的文件。",
        "{rows} rows still need mending: upload the mended file.",
    ),
    "import.illegible": Label(
        "这个文件读不出来。请另存为 XLSX 或 CSV 后再上传。",
        "The file can't be read. Save it as XLSX or CSV and upload it again.",
    ),
    "import.no_file": Label(
        "请选择要导入的文件。",
        "Choose the file to import.",
    ),
    "import.no_rows": Label(
        "文件里除表头外没有内容。",
        "There is nothing below the heads.",
    ),
    "import.not_of_this_type": Label(
        "“{type}”卡片没有“{label}”这一项，请清空。",
        "Cards of type “{type}” have no “{label}”: leave it empty.",
    ),
    "import.too_large": Label(
        "文件展开后太大：最多 {rows} 行、{columns} 列，展开后不超过 {most} MB。请删去空白区域或分成几个文件。",
        "The file is too large when unpacked: at most {rows} rows, {columns} columns and {most} MB. Delete empty areas, or divide the file.",
    ),
    "import.too_many_columns": Label(
        "列数超过 {most}。",
        "There are more than {most} columns.",
    ),
    "export.too_many": Label(
        "一个 XLSX 工作表最多 {most} 张卡片：缩小范围，或导出 CSV。",
        "An XLSX sheet holds {most} cards at most: narrow the question, or export CSV.",
    ),
    "import.too_many_rows": Label(
        "一次最多导入 {most} 行，请分成几个文件。",
        "{most} rows at most: divide the file.",
    ),
    "import.type": Label(
        "“{name}”不是 XLSX 或 CSV 文件。",
        "{name} is neither XLSX nor CSV.",
    ),
    "split.depreciation": Label(
        "第 {part} 张的累计折旧大于原值。",
        "Part {part}: the depreciation exceeds the original value.",
    ),
    "split.sum": Label(
        "“{label}”各张合计 {total}，应为 {wanted}，相差 {difference}。",
        "“{label}”: the parts add up to {total}, not {wanted}; {difference} off.",
    ),
    "split.too_few": Label(
        "至少拆成两张。",
        "Two parts at least.",
    ),
    "split.too_many": Label(
        "最多拆成 {most} 张。",
        "{most} parts at most.",
    ),
    "value.above_original": Label(
        "累计折旧不能大于资产原值。",
        "The depreciation can't exceed the original value.",
    ),
    "value.category": Label(
        "没有分类“{value}”，请填 GB/T 14885 的编码或名称。",
        "There is no category “{value}”: give a code or name of GB/T 14885.",
    ),
    "value.category_of_other_type": Label(
        "这个分类不属于“{type}”卡片。",
        "This category is not for cards of type “{type}”.",
    ),
    "value.category_several": Label(
        "“{value}”有 {n} 个分类，请写明哪一个：{meant}。",
        "“{value}” is the name of {n} categories; say which: {meant}.",
    ),
    "value.choice": Label(
        "“{label}”没有“{value}”，可填：{allowed}。",
        "“{label}” can't be “{value}”; possible: {allowed}.",
    ),
    "value.code": Label(
        "“{label}”须为 4 至 32 位大写字母、数字或 -，现为“{value}”。",
        "“{label}” has 4 to 32 capital letters, digits or -; it is “{value}”.",
    ),
    "value.date": Label(
        "“{label}”不是日期：“{value}”。请写成 2026-03-18。",
        "“{label}”: “{value}” is no date. Write 2026-03-18.",
    ),
    "value.date_early": Label(
        "“{label}”{value} 太早，不能早于 {least}。",
        "“{label}”: {value} is too early; {least} at the earliest.",
    ),
    "value.date_late": Label(
        "“{label}”{value} 太晚，不能晚于 {most}。",
        "“{label}”: {value} is too far ahead; {most} at the latest.",
    ),
    "value.phone": Label(
        "“{label}”不是可拨通的电话：“{value}”。例如 0898-65301234 或 13876012345，多个号码用顿号分开。",
        "“{label}”: “{value}” can't be dialled. Write 0898-65301234 or 13876012345.",
    ),
    "value.date_ahead": Label(
        "“{label}”{value} 还没有到。",
        "“{label}”: {value} lies ahead.",
    ),
    "value.decimals": Label(
        "“{label}”最多两位小数，现为“{value}”。",
        "“{label}” has two decimals at most; it is “{value}”.",
    ),
    "value.funds_above_original": Label(
        "财政性与非财政性资金之和不能大于资产原值。",
        "The funds together can't exceed the original value.",
    ),
    "value.long": Label(
        "“{label}”最多 {most} 个字，现有 {found} 个。",
        "“{label}” has {most} characters at most; these are {found}.",
    ),
    "value.number": Label(
        "“{label}”不是数字：“{value}”。",
        "“{label}”: “{value}” is no number.",
    ),
    "value.number_range": Label(
        "“{label}”须在 {least} 至 {most} 之间。",
        "“{label}” is between {least} and {most}.",
    ),
    "value.required": Label(
        "请填写“{label}”。",
        "“{label}” is required.",
    ),
    "value.section": Label(
        "本单位没有部门“{value}”。",
        "The unit has no section “{value}”.",
    ),
    "value.whole": Label(
        "“{label}”须为整数，现为“{value}”。",
        "“{label}” is a whole number; it is “{value}”.",
    ),
    "value.yes_no": Label(
        "“{label}”请填 是 或 否，现为“{value}”。",
        "“{label}” is Yes or No; it is “{value}”.",
    ),
}  # fmt: skip
