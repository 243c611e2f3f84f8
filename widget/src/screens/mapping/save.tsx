// Saving a mapping: what would change, why, and what to do where a stored test fails.
import { useState } from "preact/hooks";
import { Failure } from "../../api/failure";
import { useAction } from "../../api/query";
import { m } from "../../paraglide/messages.js";
import { Button } from "../../ui/basic";
import { Check, TextField } from "../../ui/form";
import { Sheet } from "../../ui/sheet";
import { Problem } from "../../ui/state";
import { toast } from "../../ui/toast";
import { Changes } from "./diff";
import type { Editor } from "./editor";

export function SaveSheet({ editor, hasErrors, hasFailedTests, onClose }: { editor: Editor; hasErrors: boolean; hasFailedTests: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const act = useAction(async () => {
    try {
      await editor.save(reason, force);
    } catch (error) {
      const failure = Failure.of(error);
      // Somebody was faster: the screen shows both versions.
      if (failure.kind === "conflict" && !/TEST/.test(failure.code)) {
        editor.query.reload();
        onClose();
        return;
      }
      throw failure;
    }
    toast({ text: m.mapping_saved() });
    onClose();
  });
  return (
    <Sheet title={m.mapping_save_title()} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run();
        }}
      >
        <Changes changes={editor.changes} />
        {editor.testsChanged && <p class="small">{m.mapping_yaml_tests()}</p>}
        <TextField label={m.mapping_reason()} help={m.mapping_reason_help()} value={reason} onInput={setReason} maxLength={500} />
        {(hasFailedTests || (act.failure && /TEST/.test(act.failure.code))) && (
          <Check checked={force} onChange={setForce}>
            {m.mapping_force()}
          </Check>
        )}
        {hasErrors && <p class="small toned tone-bad">{m.mapping_has_errors()}</p>}
        {act.failure && <Problem failure={act.failure} inline />}
        <div class="ends">
          <Button onClick={onClose}>{m.cancel()}</Button>
          <Button look="lead" type="submit" busy={act.busy} disabled={hasFailedTests && !force}>
            {m.save()}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
