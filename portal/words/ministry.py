"""What the exchange with the ministry may refuse."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "ministry.key_name": Label(
        "密钥名称 {name} 只能用字母、数字和 . _ -，最多 64 位。",
        "A key's name has letters, digits and . _ -, at most 64: {name}.",
    ),
    "ministry.not_dead": Label(
        "这份文件没有停止发送，不需要重发。",
        "That document was not given up: it needs no resending.",
    ),
}
