import { markup, type Content, type Markup } from "./markup";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Content;
  /** Least width in em, so that words do not break where there is room. */
  readonly least?: 6 | 9 | 14;
}

/**
 * A table with a caption; the first column names the row. On a narrow screen rows become blocks, each cell with its column's name before it; the
 * roles keep it a table for a screen reader all the same.
 */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  if (rows.length === 0) return markup``;
  return markup`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ head }) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map((row) => markup`<tr role="row">${columns.map((column, index) => cell(column, row, index === 0))}</tr>
`)}</tbody></table>
`;
}

function cell<Row>({ head, cell: of, least }: Column<Row>, row: Row, first: boolean): Markup {
  const attributes = markup`data-label="${head}"${least === undefined ? "" : markup` class="least${least}"`}`;
  return first ? markup`<th role="rowheader" scope="row" ${attributes}>${of(row)}</th>` : markup`<td role="cell" ${attributes}><span>${of(row)}</span></td>`;
}
