// Past table imports and those under way: they run in the server, whoever looks.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import {
  type TableImport,
  TableImportMode,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { ImportState } from "./import_state.tsx";
import { importId, importsQuery } from "./queries.ts";

export function ImportsCard() {
  const t = useText();
  const query = useQuery(importsQuery);
  return (
    <Part title={t("imports.title")} query={query}>
      {({ tableImports }) =>
        tableImports.length === 0 ? (
          <Empty title={t("imports.none")} note={t("imports.noneNote")} />
        ) : (
          <PlainTable label={t("imports.title")}>
            <thead>
              <tr>
                <th scope="col">{t("imports.tables")}</th>
                <th scope="col">{t("imports.mode")}</th>
                <th scope="col">{t("imports.state")}</th>
                <th scope="col">{t("imports.by")}</th>
                <th scope="col">{t("imports.begun")}</th>
                <th scope="col">{t("data.run")}</th>
              </tr>
            </thead>
            <tbody>
              {tableImports.map((each) => (
                <ImportRow key={each.name} of={each} />
              ))}
            </tbody>
          </PlainTable>
        )
      }
    </Part>
  );
}

function ImportRow({ of }: { of: TableImport }) {
  const t = useText();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">
        <Link className="link" to={addresses.tableImport(importId(of.name))}>
          {of.displayName || of.mappingId || importId(of.name)}
        </Link>
      </th>
      <td>{t(`mode.${TableImportMode[of.mode]}` as TextId)}</td>
      <td>
        <ImportState of={of} />
      </td>
      <td>{of.principal}</td>
      <td>{of.createTime ? format.instant(timestampMs(of.createTime)) : NONE}</td>
      <td>{of.importRun || NONE}</td>
    </tr>
  );
}
