"""The report of a stocktake (H4): 账实相符 rate by section and category, and its XLSX."""

from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Final, LiteralString

import xlsxwriter
from psycopg.rows import class_row

from db import Connection
from registry.stocktake import differences, telling
from registry.stocktake.task import Stocktake
from registry.words import Label


@dataclass(frozen=True, slots=True)
class Line:
    """A section's, a category's or the whole's figures; yuan.

    `matching`: expected cards that were counted and don't differ. `missing`, `elsewhere`: of those
    that were not counted, once counting is `over`.
    """

    name: str
    expected: int
    counted: int
    matching: int
    missing: int
    elsewhere: int
    value: Decimal
    over: bool

    @property
    def left(self) -> int:
        """How many are not counted: while counting goes on, those still to be counted."""
        return self.expected - self.counted

    @property
    def rate(self) -> Decimal | None:
        """账实相符率: the share of the books that is there as it is booked, 0 to 1.

        While counting goes on: of what is counted by now, None where nothing is.
        """
        if not self.over:
            return Decimal(self.matching) / self.counted if self.counted else None
        return Decimal(self.matching) / self.expected if self.expected else Decimal(1)


RATED: Final[dict[str, LiteralString]] = {
    "rated": """
    WITH task AS (
        SELECT closed_at IS NOT NULL AS over FROM stocktake WHERE id = %(stocktake)s
    ), rated AS (
        SELECT expected.section_id, expected.category, expected.value,
               count.id IS NOT NULL AS counted,
               count.id IS NOT NULL AND NOT EXISTS (
                   SELECT FROM stocktake_difference AS difference
                    WHERE difference.stocktake_id = expected.stocktake_id
                      AND difference.card_id = expected.card_id) AS matching,
               (SELECT difference.kind FROM stocktake_difference AS difference
                 WHERE difference.stocktake_id = expected.stocktake_id
                   AND difference.card_id = expected.card_id AND task.over
                   AND difference.kind IN ('missing', 'elsewhere') LIMIT 1) AS uncounted,
               task.over
          FROM task CROSS JOIN stocktake_expected AS expected
          LEFT JOIN stocktake_count AS count
                 ON count.stocktake_id = expected.stocktake_id
                AND count.card_id = expected.card_id AND count.standing = 'valid'
         WHERE expected.stocktake_id = %(stocktake)s)
    """,
    "figures": """
           count(*) AS expected, count(*) FILTER (WHERE rated.counted) AS counted,
           count(*) FILTER (WHERE rated.matching) AS matching,
           count(*) FILTER (WHERE rated.uncounted = 'missing') AS missing,
           count(*) FILTER (WHERE rated.uncounted = 'elsewhere') AS elsewhere,
           COALESCE(bool_or(rated.over), false) AS over,
           COALESCE(sum(rated.value), 0) AS value
      FROM rated
    """,
    "whole": "SELECT '' AS name, ",
    "section": "SELECT COALESCE(section.name, '') AS name, ",
    "by_section": """
      LEFT JOIN section ON section.id = rated.section_id
     GROUP BY section.name ORDER BY section.name NULLS LAST
    """,
    "category": "SELECT top.code || ' ' || top.name AS name, ",
    "by_category": """
      JOIN category AS top ON top.code = left(rated.category, 3) || '000000'
     GROUP BY top.code, top.name ORDER BY top.code
    """,
}


@dataclass(frozen=True, slots=True)
class Report:
    """The whole, by section ('' where a card has none) and by class of GB/T 14885."""

    whole: Line
    sections: list[Line]
    categories: list[Line]


def report(conn: Connection, stocktake: int) -> Report:
    """The figures as they are now. The caller has checked who may see the task."""
    facts = {"stocktake": stocktake}
    rated, figures = RATED["rated"], RATED["figures"]
    whole: LiteralString = rated + RATED["whole"] + figures
    sections: LiteralString = rated + RATED["section"] + figures + RATED["by_section"]
    categories: LiteralString = rated + RATED["category"] + figures + RATED["by_category"]
    with conn.cursor(row_factory=class_row(Line)) as cursor:
        all_of_it = cursor.execute(whole, facts).fetchone()
        assert all_of_it is not None
        return Report(
            all_of_it,
            cursor.execute(sections, facts).fetchall(),
            cursor.execute(categories, facts).fetchall(),
        )


HEADS: Final = (
    Label("类别", "Kind"),
    Label("资产编号", "Code"),
    Label("资产名称", "Name"),
    Label("使用部门", "Section"),
    Label("账面", "On the card"),
    Label("实盘", "As seen"),
    Label("盘点人", "Counted by"),
    Label("说明", "Explanation"),
)
FIGURES: Final = (
    Label("部门/分类", "Section or category"),
    Label("账面数", "Expected"),
    Label("已盘数", "Counted"),
    Label("相符数", "Matching"),
)
# Until counting is over nothing is missing, and the rate is of what is counted (H4).
FIGURES_AT: Final = {
    False: (
        Label("待盘数", "To count"), Label("已盘相符率", "Match rate of what is counted"),
        Label("原值（元）", "Original value (yuan)"),
    ),
    True: (
        Label("盘亏数", "Missing"), Label("别处盘到数", "Found elsewhere"),
        Label("账实相符率", "Match rate"), Label("原值（元）", "Original value (yuan)"),
    ),
}  # fmt: skip
SHEETS: Final = (Label("汇总", "Summary"), Label("差异清单", "Differences"))


def write_xlsx(conn: Connection, task: Stocktake, language: str, file: IO[bytes]) -> None:
    """Two sheets: the figures, and the list of differences; codes are text."""
    made = report(conn, task.id)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "bottom": 1})
        share, money = (
            book.add_format({"num_format": "0.00%"}),
            book.add_format({"num_format": "#,##0.00"}),
        )
        sheet = book.add_worksheet(SHEETS[0].of(language))
        heads = (*FIGURES, *FIGURES_AT[made.whole.over])
        sheet.write_row(0, 0, [label.of(language) for label in heads], head)
        sheet.set_column(0, len(heads) - 1, 18)
        for number, line in enumerate([made.whole, *made.sections, *made.categories], 1):
            name = task.name if number == 1 else line.name or "–"
            rest = [line.missing, line.elsewhere] if line.over else [line.left]
            figures = [line.expected, line.counted, line.matching, *rest]
            sheet.write_row(number, 0, [name, *figures])
            if line.rate is None:
                sheet.write_string(number, len(heads) - 2, "–")
            else:
                sheet.write_number(number, len(heads) - 2, float(line.rate), share)
            sheet.write_number(number, len(heads) - 1, float(line.value), money)
        rows = book.add_worksheet(SHEETS[1].of(language))
        rows.write_row(0, 0, [label.of(language) for label in HEADS], head)
        rows.set_column(0, len(HEADS) - 1, 20)
        rows.freeze_panes(1, 0)
        for number, one in enumerate(differences.differences(conn, task.id), 1):
            texts = (
                one.kind.label.of(language),
                one.code,
                one.name,
                one.section,
                telling.as_booked(one, language),
                telling.as_seen(one, language),
                one.counted_by or one.seen_by or "",
                telling.explained(one, language),
            )
            for column, text in enumerate(texts):
                rows.write_string(number, column, text)
