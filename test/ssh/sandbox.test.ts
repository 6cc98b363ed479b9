import { describe } from "vitest";
import { hasSsh } from "./by-system.ts";
import { conforms } from "./conformance.ts";
import { sandboxSubject } from "./sandbox-subject.ts";

conforms("the sandbox's server", "ssh2", sandboxSubject);
describe.skipIf(!hasSsh())("where there is an ssh", () => {
  conforms("the sandbox's server", "openssh", sandboxSubject);
});
