// What is done to all modules that the filter shows, at one press: they are paused or switched on.
import { useState } from "preact/hooks";
import { changed, useAction } from "../../api/query";
import { call } from "../../api/transport";
import { type Module, ModuleService } from "../../gen/sigma/v1/module_pb";
import { m } from "../../paraglide/messages.js";
import { list, num } from "../../text/format";
import { moduleName } from "../../text/words";
import { Button } from "../../ui/basic";
import { Confirm } from "../../ui/sheet";
import { toast } from "../../ui/toast";

export function SwitchShown({ modules, enabled }: { modules: readonly Module[]; enabled: boolean }) {
  const [asked, setAsked] = useState(false);
  const action = useAction(async () => {
    const results = await Promise.allSettled(modules.map(({ moduleName }) => call(ModuleService.method.updateModule, { moduleName, enabled })));
    changed("module");
    const done = results.filter((result) => result.status === "fulfilled").length;
    const first = results.find((result): result is PromiseRejectedResult => result.status === "rejected");
    if (done > 0) toast({ text: enabled ? m.modules_resumed({ count: done, n: num(done) }) : m.modules_paused({ count: done, n: num(done) }) });
    if (first) throw first.reason;
  });
  const count = modules.length;
  const wording = enabled ? m.modules_resume_shown({ count, n: num(count) }) : m.modules_pause_shown({ count, n: num(count) });
  if (count === 0) return null;
  return (
    <>
      <Button look={enabled ? "plain" : "danger"} onClick={() => setAsked(true)}>
        {wording}
      </Button>
      {asked && (
        <Confirm
          title={wording}
          action={wording}
          count={count}
          danger={!enabled}
          busy={action.busy}
          failure={action.failure}
          onClose={() => setAsked(false)}
          onConfirm={() => void action.run().then((done) => done && setAsked(false))}
        >
          <p class="strong">{list(modules.map(({ moduleName: name }) => moduleName(name)))}</p>
          {!enabled && <p>{m.modules_pause_help()}</p>}
        </Confirm>
      )}
    </>
  );
}
