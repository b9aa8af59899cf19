"""Line drawings of kinds of assets, 320 x 240: they stand where a photo is missing.

Shapes carry classes, and the style sheet colours them: s and k are outlines, a b c fills from
light to dark, g the ground, h the accent, t a thin line.
"""

from typing import Final

from registry.cards import CardType

PLATES: Final = {
    "scanner": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<rect class="s b" x="60" y="160" width="200" height="32" rx="3"/>'
        '<path class="s a" d="M72 160 L98 122 L158 134 L160 160Z"/>'
        '<path class="s a" d="M248 160 L222 122 L162 134 L160 160Z"/>'
        '<path class="k t" d="M96 138l50 10M92 145l54 9M224 138l-50 10M228 145l-54 9"/>'
        '<path class="s b" d="M150 66h20v68h-20z"/>'
        '<path class="s c" d="M104 44h112l-10 24H114z"/>'
        '<path class="s a" d="M118 68h14v10h-14zM188 68h14v10h-14z"/>'
        '<path class="k t" d="M122 80l-14 34M198 80l14 34" stroke-dasharray="4 5"/>'
        '<rect class="h" x="196" y="172" width="18" height="6" rx="3"/>'
        '<circle class="s a t" cx="236" cy="176" r="7"/>'
        '<path class="k t" d="M76 176h70"/>'
    ),
    "projector": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="g" d="M40 40h150v96H40z"/>'
        '<path class="s a" d="M36 36h150v96H36z"/>'
        '<path class="k t" d="M54 60h70M54 76h100M54 92h84M54 108h40"/>'
        '<path class="s b" d="M150 146h128v40H150z"/>'
        '<path class="s a" d="M162 134h104l12 12H150z"/>'
        '<circle class="s c" cx="182" cy="166" r="17"/>'
        '<circle class="s a" cx="182" cy="166" r="8"/>'
        '<path class="k t" d="M222 158h42M222 166h42M222 174h42"/>'
        '<circle class="h" cx="212" cy="154" r="3"/>'
        '<path class="s c" d="M160 186h14v8h-14zM254 186h14v8h-14z"/>'
    ),
    "server": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s b" d="M98 30h124v166H98z"/>'
        '<path class="s a" d="M108 42h104v26H108zM108 74h104v26H108zM108'
        ' 106h104v26H108zM108 138h104v26H108z"/>'
        '<path class="k t" d="M118 50v10M126 50v10M134 50v10M118 82v10M126 82v10M134'
        " 82v10M118 114v10M126 114v10M134 114v10M118 146v10M126 146v10M134 146v10M150"
        ' 55h34M150 87h34M150 119h34M150 151h34"/>'
        '<circle class="h" cx="200" cy="55" r="3.5"/>'
        '<circle class="h" cx="200" cy="87" r="3.5"/>'
        '<circle class="c" cx="200" cy="119" r="3.5"/>'
        '<circle class="c" cx="200" cy="151" r="3.5"/>'
        '<path class="k t" d="M108 176h104M108 184h104"/>'
    ),
    "copier": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M92 96h136v96H92z"/>'
        '<path class="s c" d="M84 66h152v30H84z"/>'
        '<path class="s b" d="M92 52h96l8 14H84z"/>'
        '<path class="s a" d="M206 50l30 4-2 12h-30z"/>'
        '<path class="s b" d="M100 108h120v16H100z"/>'
        '<path class="s a" d="M64 106h36v8l-36 6z"/>'
        '<path class="k t" d="M92 136h136M92 164h136M146 150h28M146 178h28"/>'
        '<rect class="h" x="210" y="74" width="14" height="6" rx="3"/>'
        '<path class="k t" d="M98 81h60"/>'
        '<path class="s a t" d="M110 112l88-4v8l-88 4z"/>'
        '<path class="s c" d="M98 192h14v8H98zM208 192h14v8h-14z"/>'
    ),
    "computer": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M64 50h140v94H64z"/>'
        '<path class="s b" d="M74 60h120v74H74z"/>'
        '<path class="s c" d="M120 144h28v24h-28z"/>'
        '<path class="s a" d="M98 168h72v8H98z"/>'
        '<path class="s a" d="M220 62h44v124h-44z"/>'
        '<path class="k t" d="M228 76h28M228 86h28"/>'
        '<circle class="h" cx="242" cy="108" r="5"/>'
        '<path class="k t" d="M228 150h28M228 160h28M228 170h28"/>'
        '<path class="s b" d="M78 182h124l6 12H72z"/>'
        '<path class="c" d="M82 68h44v6H82zM82 80h70v4H82zM82 90h60v4H82z"/>'
    ),
    "air_conditioner": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M116 26h88v170h-88z"/>'
        '<path class="s b" d="M126 38h68v46h-68z"/>'
        '<path class="k t" d="M134 48h52M134 57h52M134 66h52M134 75h52"/>'
        '<path class="k t" d="M116 98h88"/>'
        '<path class="s c" d="M136 108h48v14h-48z"/>'
        '<circle class="h" cx="176" cy="115" r="3"/>'
        '<path class="k t" d="M128 140h64M128 150h64M128 160h64M128 170h64M128 180h64"/>'
        '<path class="k t" d="M222 44c10 4 10 14 20 18M222 64c10 4 10 14 20 18"'
        ' opacity=".6"/>'
    ),
    "label": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M54 66h212v112H54z"/>'
        '<path class="k t" d="M150 92h96M150 108h70M150 124h84"/>'
        '<path d="M70 84h22v22H70zM108 84h22v22h-22zM70 122h22v22H70zM114 118h6v6h-6zM124'
        ' 130h6v14h-6zM106 136h8v8h-8z" class="c"/>'
        '<path class="k t" d="M70 158v12M76 158v12M84 158v12M88 158v12M98 158v12M106'
        " 158v12M110 158v12M120 158v12M130 158v12M138 158v12M142 158v12M154 158v12M164"
        " 158v12M168 158v12M178 158v12M190 158v12M194 158v12M206 158v12M216 158v12M222"
        ' 158v12M232 158v12M242 158v12M248 158v12"/>'
    ),
    "ultrasound": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s b" d="M120 178h84l14 14H106z"/>'
        '<path class="s a" d="M140 118h44v60h-44z"/>'
        '<path class="s c" d="M104 112h118l12 18H96z"/>'
        '<path class="s a" d="M112 34h104v74H112z"/>'
        '<path class="s b" d="M122 43h84v56h-84z"/>'
        '<path class="s c t" d="M164 50l30 42c-18 8-42 8-60 0z"/>'
        '<path class="a" d="M152 82q12-9 24 0-12 6-24 0z"/>'
        '<path class="k" d="M224 120c26 6 24 44 4 46"/>'
        '<path class="s a" d="M218 160l14 6-6 16-12-5z"/>'
        '<circle class="h" cx="204" cy="121" r="4"/>'
        '<path class="k t" d="M114 122h60"/>'
        '<circle class="s a" cx="112" cy="198" r="6"/>'
        '<circle class="s a" cx="212" cy="198" r="6"/>'
    ),
    "vehicle": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s b" d="M40 166v-30q0-8 8-10l34-8 30-38q4-6 12-6h92q10 0 14 8l18'
        ' 36q22 2 28 14l4 34z"/>'
        '<path class="s a" d="M98 118l24-32q2-4 8-4h30v36zM172 82h40q6 0 8 5l14 31h-62z"/>'
        '<path class="k t" d="M166 118v44M52 138h18M252 138h22M176 130h14M104 130h14"/>'
        '<path class="s c" d="M36 158h248v12H36z"/>'
        '<circle class="s a" cx="92" cy="172" r="24"/>'
        '<circle class="s c" cx="92" cy="172" r="10"/>'
        '<circle class="s a" cx="230" cy="172" r="24"/>'
        '<circle class="s c" cx="230" cy="172" r="10"/>'
        '<path class="h" d="M268 134h14l2 10h-16z"/>'
    ),
    "microscope": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s b" d="M100 182h124l8 12H92z"/>'
        '<path class="s a" d="M188 182c34-22 36-76 4-98l-14 16c18 16 18 48-4 62h-36v20z"/>'
        '<path class="s c" d="M108 142h86v10h-86z"/>'
        '<path class="s b" d="M144 152h16v30h-16z"/>'
        '<path class="s a" d="M136 70l34-16 26 54-34 16z"/>'
        '<path class="s c" d="M128 50l34-16 8 18-34 16z"/>'
        '<path class="s b" d="M158 122l22-10 6 14-22 10z"/>'
        '<path class="s a t" d="M116 138h40v4h-40z"/>'
        '<circle class="s b" cx="206" cy="150" r="12"/>'
        '<circle class="h" cx="206" cy="150" r="4"/>'
    ),
    "shelf": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M52 36h216v160H52z"/>'
        '<path class="s b" d="M62 46h92v40H62zM166 46h92v40h-92zM62 96h92v40H62zM166'
        ' 96h92v40h-92zM62 146h92v40H62zM166 146h92v40h-92z"/>'
        '<path class="s c t" d="M68 56h9v30h-9zM86 52h7v34h-7zM104 58h10v28h-10zM172'
        " 54h8v32h-8zM190 58h9v28h-9zM70 104h8v32h-8zM96 108h9v28h-9zM200"
        ' 104h10v32h-10zM228 106h8v30h-8zM174 156h9v30h-9zM108 154h8v32h-8z"/>'
        '<path class="s a t" d="M77 58h9v28h-9zM93 56h11v30H93zM180 56h10v30h-10zM199'
        " 54h8v32h-8zM78 106h10v30H78zM210 108h8v28h-8zM66 156h10v30H66zM183"
        ' 158h8v28h-8z"/>'
        '<path class="h" d="M88 108h8v28h-8zM236 108h7v28h-7zM116 156h7v30h-7zM207'
        ' 56h8v30h-8z"/>'
    ),
    "table": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s c" d="M88 66h34v44H88zM143 66h34v44h-34zM198 66h34v44h-34z"/>'
        '<path class="s b" d="M66 108h188l26 40H40z"/>'
        '<path class="s a" d="M40 148h240v12H40z"/>'
        '<path class="k" d="M62 160v32M258 160v32M120 160v22M200 160v22"/>'
        '<path class="s a t" d="M108 120h28l-4 14h-30zM190 120h28l6 14h-30z"/>'
        '<circle class="h" cx="160" cy="126" r="5"/>'
    ),
    "centrifuge": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M84 104h152v88H84z"/>'
        '<path class="s b" d="M92 104q0-52 68-52t68 52z"/>'
        '<path class="s c" d="M120 92q4-24 40-24t40 24z"/>'
        '<path class="s b" d="M98 124h80v46H98z"/>'
        '<path class="k t" d="M108 138h34M108 150h50"/>'
        '<circle class="s c" cx="208" cy="140" r="14"/>'
        '<path class="k t" d="M208 140l6-8"/>'
        '<circle class="h" cx="208" cy="172" r="4"/>'
        '<path class="s c" d="M94 192h20v6H94zM206 192h20v6h-20z"/>'
    ),
    "building": (
        '<rect class="g" y="192" width="320" height="48"/>'
        '<path class="s a" d="M58 88h118v108H58z"/>'
        '<path class="s b" d="M176 60h86v136h-86z"/>'
        '<path class="s c" d="M50 78h134v12H50zM170 50h98v12h-98z"/>'
        '<path class="s b t" d="M72 104h22v24H72zM106 104h22v24h-22zM140 104h22v24h-22zM72'
        ' 142h22v24H72zM140 142h22v24h-22z"/>'
        '<path class="s a t" d="M190 76h24v18h-24zM226 76h24v18h-24zM190'
        ' 106h24v18h-24zM226 106h24v18h-24zM190 136h24v18h-24zM226 136h24v18h-24z"/>'
        '<path class="s c" d="M106 146h22v50h-22z"/>'
        '<path class="h" d="M122 170h3v6h-3z"/>'
        '<path class="s b" d="M206 168h28v28h-28z"/>'
        '<path class="k" d="M30 196c0-20 8-34 14-34s14 14 14 34" />'
        '<path class="k" d="M44 162v34"/>'
    ),
}
BY_TYPE: Final = {
    CardType.BUILDING: "building",
    CardType.LAND: "building",
    CardType.VEHICLE: "vehicle",
    CardType.GENERAL_EQUIPMENT: "computer",
    CardType.SPECIAL_EQUIPMENT: "ultrasound",
    CardType.INSTRUMENT: "microscope",
    CardType.FURNITURE: "table",
    CardType.BOOKS_ARCHIVES: "shelf",
    CardType.RELIC: "shelf",
    CardType.PLANTS_ANIMALS: "building",
    CardType.MATERIAL: "shelf",
    CardType.INTANGIBLE: "server",
}


BY_CATEGORY: Final = {
    "A02010104": "server",
    "A02020100": "copier",
    "A02020200": "projector",
    "A02021": "copier",
    "A02021118": "scanner",
    "A02061804": "air_conditioner",
    "A0209": "projector",
    "A0210": "microscope",
    "A0232": "ultrasound",
    "A0501050": "shelf",
}


# What comes from elsewhere may have no type that we know: by the class of GB/T 14885.
BY_CLASS: Final = {
    "A01": "building",
    "A03": "shelf",
    "A04": "shelf",
    "A05": "table",
    "A06": "building",
    "A07": "shelf",
    "A08": "server",
}


def plate(card_type: str, category: str = "") -> str:
    """The markup for a card: by its category's longest known beginning, else by its type."""
    for length in range(len(category), 0, -1):
        if name := BY_CATEGORY.get(category[:length]):
            return PLATES[name]
    if card_type in set(CardType):
        return PLATES[BY_TYPE[CardType(card_type)]]
    return PLATES[BY_CLASS.get(category[:3], "computer")]
