"""Refusals about labels and what is read from pictures."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "label.address_long": Label("地址 {address} 超过 {most} 个字节，二维码放不下。请把 PANHUO_PORTAL_URL 设短一些。", "The address {address} has more than {most} bytes: no QR holds it. Set a shorter PANHUO_PORTAL_URL."),
    "label.font_unreadable": Label("打不开标签字体 {path}。请检查 PANHUO_LABEL_FONT。", "The font of labels, {path}, can't be read. See PANHUO_LABEL_FONT."),
    "label.no_font": Label("这台服务器上没有中文字体，不能打印标签。请管理员安装 fonts-noto-cjk，或设置 PANHUO_LABEL_FONT。", "This server has no Chinese font, so no labels. An administrator installs fonts-noto-cjk, or sets PANHUO_LABEL_FONT."),
    "label.nothing_chosen": Label("没有要打印的卡片。", "There are no cards to print."),
    "label.too_many": Label("一次最多打印 {most} 张，请缩小范围。", "At most {most} labels at once: narrow the selection."),
    "scan.device": Label("打不开 {device}：{why}。", "{device} can't be opened: {why}."),
    "scan.not_taken": Label("平台没有接收（{status}），记录仍保存在本机。", "The portal didn't take them ({status}); they are kept here."),
    "scan.token": Label("平台不认这个设备令牌（{status}），记录仍保存在本机。请在 /account 重新添加设备。", "The portal doesn't know this token ({status}); the scans are kept here. Add the device anew at /account."),
}  # fmt: skip
