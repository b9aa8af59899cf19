"""Refusals about cards, their changes and files."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "card.no_such_card": Label("没有编号为 {code} 的卡片。", "There is no card with code {code}."),
    "photo.no_picture": Label(
        "这不是可用的图片。请上传 JPEG、PNG 或 WebP。",
        "This is no picture that can be used. Upload JPEG, PNG or WebP.",
    ),
    "photo.too_large": Label("图片超过 {most} 字节。", "The picture has more than {most} bytes."),
    "photo.too_many_pixels": Label(
        "图片超过 {most} 像素，请缩小后上传。", "The picture has more than {most} pixels."
    ),
}  # fmt: skip
