// Usage charts on canvas. Colours are read from the tokens when drawn, so that both themes and a
// later change of a token need no work here. Tooltips are rich text: the policy forbids inline style.
import * as echarts from 'echarts/core';
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';

echarts.use([BarChart, HeatmapChart, LineChart, AriaComponent, GridComponent, MarkAreaComponent,
  TooltipComponent, VisualMapComponent, CanvasRenderer]);

const PAPER_WIDTH = 660; // px: A4 within its margins, less a panel's own
const FONT = 'PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif';
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--ph-${name}`).trim();
const two = (n) => String(n).padStart(2, '0');
// Wall clock of Asia/Shanghai, which knows no summer time, whatever the reader's own zone is.
const local = (ms) => new Date(ms + 8 * 3600e3);
const clock = (ms) => `${two(local(ms).getUTCHours())}:${two(local(ms).getUTCMinutes())}`;
const day = (ms) => `${two(local(ms).getUTCMonth() + 1)}-${two(local(ms).getUTCDate())}`;

function base() {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: 12, color: token('ink-3') },
    aria: { enabled: true },
    tooltip: {
      renderMode: 'richText', backgroundColor: token('ink'), borderWidth: 0, padding: [6, 10], confine: true,
      textStyle: { color: token('surface'), fontSize: 12, fontFamily: FONT },
    },
  };
}

function heat({ days, hours, values, words }) {
  const narrow = window.innerWidth < 600;
  const piece = (range, name) => ({ ...range, color: token(name) });
  return {
    ...base(),
    grid: { left: 40, right: 0, top: 0, bottom: 24 },
    xAxis: {
      type: 'category', data: hours, axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: token('ink-3'), fontSize: 12, margin: 6, interval: narrow ? 3 : 1 },
    },
    yAxis: {
      type: 'category', data: days, inverse: true, axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: token('ink-2'), fontSize: 12, margin: 8 },
    },
    visualMap: {
      show: false, type: 'piecewise',
      pieces: [piece({ value: 0 }, 'heat-0'), piece({ gt: 0, lte: 30 }, 'heat-1'), piece({ gt: 30, lte: 60 }, 'heat-2'),
        piece({ gt: 60, lte: 100 }, 'heat-3'), piece({ gt: 100 }, 'heat-4'), piece({ value: -1 }, 'line-2')],
    },
    tooltip: {
      ...base().tooltip,
      formatter: ({ value: [x, y, minutes] }) =>
        `${days[y]} ${hours[x]}  ${minutes < 0 ? words.seldom : `${minutes} ${words.minutes}`}`,
    },
    series: [{
      type: 'heatmap', data: values,
      itemStyle: { borderColor: token('surface'), borderWidth: 2, borderRadius: 2 },
      emphasis: { itemStyle: { borderColor: token('ink') } },
    }],
  };
}

function trend({ weeks, hours, norm, threshold, words }) {
  const step = { type: 'line', step: 'middle', symbol: 'none' };
  return {
    ...base(),
    grid: { left: 32, right: 4, top: 16, bottom: 22 },
    tooltip: {
      ...base().tooltip, trigger: 'axis', axisPointer: { type: 'line', lineStyle: { color: token('line-2') } },
      formatter: ([{ dataIndex: i }]) =>
        `${weeks[i]} ${words.week}\n${words.use} ${hours[i]} ${words.hours}\n${words.norm} ${norm[i]} ${words.hours}`,
    },
    xAxis: {
      type: 'category', data: weeks, axisTick: { show: false }, axisLine: { lineStyle: { color: token('line-2') } },
      axisLabel: { color: token('ink-3'), fontSize: 12 },
    },
    yAxis: {
      type: 'value', min: 0, splitNumber: 4, axisLabel: { color: token('ink-3'), fontSize: 12, margin: 8 },
      splitLine: { lineStyle: { color: token('line') } },
    },
    series: [
      {
        type: 'bar', data: hours, barMaxWidth: 32, itemStyle: { color: token('heat-3'), borderRadius: [1, 1, 0, 0] },
        label: {
          show: true, position: 'top', distance: 3, color: token('ink'), textBorderColor: token('surface'),
          textBorderWidth: 3, fontSize: 12, formatter: ({ value }) => (value ? value.toFixed(1) : ''),
        },
      },
      { ...step, data: norm, lineStyle: { color: token('ink-2'), width: 1.5 } },
      { ...step, data: norm.map((n) => n * threshold), z: 1, lineStyle: { color: token('warning-mark'), width: 1, type: [3, 2] } },
    ],
  };
}

const COLOURS = ['idle-mark', 'lent-mark', 'in-use-mark', 'ink-2'];

function readings({ from, to, lines, sessions }) {
  const long = to - from > 2 * 86400e3;
  const axis = { type: 'value', scale: true, splitNumber: 3, splitLine: { lineStyle: { color: token('line') } } };
  const units = [...new Set(lines.map(({ unit }) => unit))]; // lines of one unit share its axis
  const colour = (n) => token(COLOURS[n % COLOURS.length]);
  const use = sessions.map(([start, end]) => [{ xAxis: Math.max(start, from) }, { xAxis: Math.min(end, to) }]);
  return {
    ...base(),
    grid: { left: 44, right: units.length > 1 ? 44 * (units.length - 1) : 8, top: 26, bottom: 24 },
    tooltip: {
      ...base().tooltip, trigger: 'axis',
      formatter: (points) => `${day(points[0].value[0])} ${clock(points[0].value[0])}\n${points
        .map((p) => `${p.seriesName} ${p.value[1]} ${lines[p.seriesIndex].unit}`).join('\n')}`,
    },
    xAxis: {
      type: 'value', min: from, max: to, interval: long ? 86400e3 * Math.ceil((to - from) / 86400e3 / 7) : 4 * 3600e3,
      axisLabel: { color: token('ink-3'), fontSize: 12, formatter: (ms) => (long ? day(ms) : clock(ms)), hideOverlap: true },
      axisLine: { lineStyle: { color: token('line-2') } }, splitLine: { show: false },
    },
    yAxis: units.map((unit, n) => ({
      ...axis, name: unit, position: n ? 'right' : 'left', offset: Math.max(0, 44 * (n - 1)), splitLine: { show: n === 0, lineStyle: { color: token('line') } },
      nameTextStyle: { color: colour(lines.findIndex((line) => line.unit === unit)), fontSize: 12 }, axisLabel: { color: token('ink-3'), fontSize: 12 },
    })),
    series: lines.map(({ name, unit, counted, points }, n) => ({
      type: 'line', name, yAxisIndex: units.indexOf(unit), symbol: 'none', sampling: 'lttb', connectNulls: false,
      lineStyle: { width: 1.2, color: colour(n) }, itemStyle: { color: colour(n) },
      data: withGaps(points, counted ? 3 : 2),
      markArea: n === 0 ? { silent: true, itemStyle: { color: token('sea'), opacity: 0.14 }, data: use } : undefined,
    })),
  };
}

// What was not heard is never drawn: a long silence breaks the line.
// What is counted is drawn by the most of a stretch: their mean would be fractions of a count.
function withGaps(points, column) {
  if (points.length < 3) return points.map((p) => [p[0], p[column]]);
  const steps = points.slice(1).map((p, n) => p[0] - points[n][0]).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)];
  return points.flatMap((p, n) => (n && p[0] - points[n - 1][0] > 4 * usual
    ? [[points[n - 1][0] + usual, null], [p[0], p[column]]] : [[p[0], p[column]]]));
}

const OPTIONS = { heat, trend, readings };
const charts = [];

function draw(chart) {
  if (chart.values) chart.made.setOption(OPTIONS[chart.kind](chart.values), true);
}

async function load(chart, days) {
  const until = Date.parse(chart.element.dataset.until);
  const since = new Date(until - days * 86400e3);
  const query = new URLSearchParams({ from: since.toISOString(), to: new Date(until + 60e3).toISOString() });
  chart.element.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(`${chart.element.dataset.source}?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    chart.values = await answer.json();
    chart.values.lines = chart.values.lines.filter((line) => line.points.length);
    chart.element.classList.toggle('is-empty', chart.values.lines.length === 0);
    if (chart.values.lines.length) draw(chart);
    else chart.made.clear();
  } catch {
    chart.element.classList.add('is-empty');
  } finally {
    chart.element.removeAttribute('aria-busy');
  }
}

for (const element of document.querySelectorAll('[data-chart]')) {
  const chart = { element, kind: element.dataset.chart, made: echarts.init(element), values: null };
  charts.push(chart);
  if (element.dataset.values) {
    chart.values = JSON.parse(element.dataset.values);
    draw(chart);
  } else {
    load(chart, 7);
  }
}

for (const button of document.querySelectorAll('[data-ranges] button')) {
  button.addEventListener('click', () => {
    for (const other of button.parentElement.children) other.setAttribute('aria-pressed', String(other === button));
    load(charts.find((chart) => chart.kind === 'readings'), Number(button.dataset.days));
  });
}

document.addEventListener('ph-theme', () => charts.forEach(draw));
// Before paper is laid out (print.js), in its colours and as wide as its text, then back. As one
// canvas: of several on top of each other paper shows the uppermost alone.
document.addEventListener('ph-paper', () => charts.forEach((chart) => {
  chart.made.resize({ width: PAPER_WIDTH });
  draw(chart);
  chart.paper = chart.made.renderToCanvas({ pixelRatio: 2, backgroundColor: token('surface') });
  chart.paper.className = 'p-chart-paper';
  chart.element.append(chart.paper);
}));
document.addEventListener('ph-screen', () => charts.forEach((chart) => {
  chart.paper?.remove();
  chart.made.resize({ width: 'auto' });
  draw(chart);
}));
new ResizeObserver(() => charts.forEach((chart) => chart.made.resize())).observe(document.body);
