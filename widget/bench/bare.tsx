// The overview in bare Preact: the same transport, calls and cards, and nothing else of the page. What first-paint.mjs
// compares the page with.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { render } from "preact";
import { type GetOverviewResponse, OverviewService } from "../src/gen/sigma/v1/overview_pb";
import { AccessService } from "../src/gen/sigma/v1/access_pb";

let token = "";

const transport = createGrpcWebTransport({
  baseUrl: location.origin,
  interceptors: [
    (next) => (request) => {
      if (token) request.header.set("authorization", `Bearer ${token}`);
      return next(request);
    },
  ],
});

async function call<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, input: MessageInitShape<I>): Promise<MessageShape<O>> {
  return (await transport.unary(method, undefined, 30_000, undefined, input)).message;
}

function Overview({ overview }: { overview: GetOverviewResponse }) {
  return (
    <main>
      <h1>Overview</h1>
      <ul>
        {overview.modules.map((module) => (
          <li key={module.moduleName} class="module-card">
            {module.moduleName} {module.enabled ? "on" : "off"}
          </li>
        ))}
      </ul>
    </main>
  );
}

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
token = (await call(AccessService.method.claimSession, { code })).token;
const overview = await call(OverviewService.method.getOverview, { window: "24h" });
const app = document.getElementById("app");
if (app) render(<Overview overview={overview} />, app);
