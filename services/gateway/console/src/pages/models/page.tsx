// The model in force: what weighs how much, and how a value becomes points; and the catalogue of
// metrics.
import { useQuery } from "@tanstack/react-query";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import type {
  Dimension,
  MetricCatalogue,
  WeightedMetric,
} from "../../gen/proto/bellwether/health/v1/model_pb.js";
import { catalogueQuery, modelQuery } from "../../shared/deployment.ts";
import { BandMark } from "../../shared/health/band.tsx";
import { metricValue } from "../../shared/health/metric_value.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Card, Loaded } from "../../shared/ui/part.tsx";
import { Pill, PillRow } from "../../shared/ui/pill.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Curve } from "./curve.tsx";
import styles from "./models.module.css";
import { type ModelsSearch, modelsRoute } from "./route.ts";

export function ModelsPage() {
  const t = useText();
  const format = useFormat();
  const [search, change] = useSearchState<ModelsSearch>(modelsRoute);
  const model = useQuery(modelQuery);
  const catalogue = useQuery(catalogueQuery);
  return (
    <div>
      <PageHeader title={t("models.title")}>
        {model.data && (
          <span className="muted">
            {model.data.modelId} {model.data.version}
          </span>
        )}
      </PageHeader>
      <div className={styles.tabs}>
        <PillRow label={t("models.view")}>
          <Pill on={!search.view} onPress={() => change({ view: undefined })}>
            {t("models.weights")}
          </Pill>
          <Pill on={search.view === "metrics"} onPress={() => change({ view: "metrics" })}>
            {t("models.metrics")}
          </Pill>
        </PillRow>
      </div>
      <div className={styles.grid}>
        {search.view === "metrics" ? (
          <Loaded what={t("models.metrics")} query={catalogue}>
            {(data) => <Catalogue catalogue={data} />}
          </Loaded>
        ) : (
          <Loaded what={t("models.weights")} query={model}>
            {(data) => (
              <>
                <Card title={t("models.bands")}>
                  <p className={styles.bands}>
                    {data.bands.map((band) => (
                      <span key={band.bandId}>
                        <BandMark id={band.bandId} />{" "}
                        <span className="muted">≥ {format.points(band.fromPointsMicros)}</span>
                      </span>
                    ))}
                    <span className="muted">
                      {t("models.confidence", {
                        share: format.percent(data.minimumConfidenceMicros, 0),
                      })}
                    </span>
                  </p>
                </Card>
                {data.dimensions.map((dimension) => (
                  <DimensionCard
                    key={dimension.dimensionId}
                    dimension={dimension}
                    catalogue={catalogue.data}
                  />
                ))}
              </>
            )}
          </Loaded>
        )}
      </div>
    </div>
  );
}

function DimensionCard({
  dimension,
  catalogue,
}: {
  dimension: Dimension;
  catalogue: MetricCatalogue | undefined;
}) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  return (
    <Card
      title={titled(dimension, language)}
      aside={t("models.ofScore", { share: format.percent(dimension.weightMicros, 0) })}
    >
      <ul className={styles.metrics}>
        {dimension.metrics.map((metric) => (
          <Metric key={metric.metric} metric={metric} dimension={dimension} catalogue={catalogue} />
        ))}
      </ul>
    </Card>
  );
}

function Metric({
  metric,
  dimension,
  catalogue,
}: {
  metric: WeightedMetric;
  dimension: Dimension;
  catalogue: MetricCatalogue | undefined;
}) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const known = catalogue?.metrics.find((each) => each.name === metric.metric);
  const ofScore = (metric.weightMicros * dimension.weightMicros) / 1_000_000n;
  return (
    <li>
      <div>
        <b>{known ? titled(known, language) : metric.metric}</b>
        <span className={styles.sub}>{metric.metric}</span>
      </div>
      <span className="num">{format.percent(ofScore)}</span>
      <Curve
        points={metric.curve}
        label={t("models.curve", {
          points: metric.curve
            .map(
              (point) =>
                `${metricValue(point.atMicros, known?.unit, format)} → ${format.points(point.pointsMicros)}`,
            )
            .join(", "),
        })}
      />
      <span className={styles.sub}>
        {metric.curve.map((point) => metricValue(point.atMicros, known?.unit, format)).join(" · ")}
      </span>
    </li>
  );
}

function Catalogue({ catalogue }: { catalogue: MetricCatalogue }) {
  const t = useText();
  const language = useLanguage();
  return (
    <Card title={t("models.metrics")} aside={catalogue.version}>
      <PlainTable label={t("models.metrics")}>
        <thead>
          <tr>
            <th scope="col">{t("models.metric")}</th>
            <th scope="col">{t("models.meaning")}</th>
            <th scope="col">{t("models.series")}</th>
            <th scope="col" className="num">
              {t("models.window")}
            </th>
          </tr>
        </thead>
        <tbody>
          {catalogue.metrics.map((metric) => (
            <tr key={metric.name}>
              <th scope="row">
                {titled(metric, language)}
                <span className={styles.sub}>{metric.name}</span>
              </th>
              <td>{metric.meaning}</td>
              <td>{[metric.series, metric.denominatorSeries].filter(Boolean).join(" / ")}</td>
              <td className="num">
                {metric.windowDays > 0 ? t("models.days", { days: metric.windowDays }) : "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Card>
  );
}
