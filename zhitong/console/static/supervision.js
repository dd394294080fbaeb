// Draws the months of one figure. The same numbers stand in the table below, so nothing is lost without a script.
"use strict";
let chart = null;
function draw() {
  const place = document.querySelector(".chart");
  if (chart) chart.dispose();
  chart = null;
  if (!place) return;
  const told = JSON.parse(place.dataset.months);
  const line = told.lines.find((one) => one.code === place.dataset.code) || told.lines[0];
  chart = echarts.init(place, null, { renderer: "canvas" });
  const share = line.unit === "%";
  chart.setOption({
    animation: false,
    title: { text: `${line.name}（${line.unit}）`, left: 0, textStyle: { fontSize: 15 } },
    grid: { left: 8, right: 24, top: 48, bottom: 8, containLabel: true },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true,
      formatter: ([one]) => {
        const value = line.values[one.dataIndex];
        const shown = value === null ? "没有" : `${value.toFixed(1)} ${line.unit}（n=${line.n[one.dataIndex]}）`;
        return `${told.months[one.dataIndex]}\n${shown}`;
      },
    },
    xAxis: { type: "category", data: told.months, boundaryGap: false },
    yAxis: { type: "value", min: share ? (low) => Math.max(0, Math.floor((low.min - 5) / 10) * 10) : 0, max: share ? 100 : null },
    series: [{
      type: "line", data: line.values, symbolSize: 8, lineStyle: { width: 3 }, itemStyle: { color: "#0b5cad" },
      markLine: line.target === null ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: "#9a4a00" }, data: [{ yAxis: line.target, name: "目标" }],
        label: { formatter: `目标 ${line.target} %`, position: "insideEndTop" },
      },
    }],
  });
}
document.addEventListener("DOMContentLoaded", draw);
document.addEventListener("htmx:afterSettle", draw);
window.addEventListener("resize", () => {
  if (chart) chart.resize();
});
