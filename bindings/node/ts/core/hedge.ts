// Hedging: a call is sent again beside itself when its answer is late, and the first success counts.

import { OpenAIError } from "./error.js";
import { findHeader } from "./headers.js";
import { addon, type NativeHedge } from "./native.js";

/** How calls are hedged. */
export interface Hedge {
  /**
   * Milliseconds to wait for an answer before the next request is sent beside it; 0 sends all at once. Default: the 95th
   * percentile of the operation's last 256 hedged calls, or one second while fewer than 20 are known.
   */
  delay?: number | undefined;
  /** Most requests of one call, the first included: 1 to 16; default 2. */
  max?: number | undefined;
  /** Most extra requests as a share of the calls, after a start of two; default 0.1. Null: no bound. */
  budget?: number | null | undefined;
}

/**
 * `true` for the defaults, a number for the delay in milliseconds, `false` for none. Ask for it only where a call may run
 * twice: both requests may be carried out, and charged for.
 */
export type HedgeOption = boolean | number | Hedge;

/** A request that did not win; the first one is number 0. */
export interface HedgeLoser {
  racer: number;
  outcome: "cancelled" | "failed" | "completed";
  /** The kind of its error, where it failed. */
  error?: string;
  /** What the server says it used, where it completed; unknown for a cancelled one. */
  usage?: unknown;
}

/** What became of the requests of one call. */
export interface HedgeReport {
  /** How many there were, the first included, retries not counted. */
  started: number;
  /** Whose answer it is, counted from 0. */
  winner: number;
  /** The delay that was applied, in milliseconds. */
  delay: number;
  losers: HedgeLoser[];
}

const NAMES = ["delay", "max", "budget"];

/** The settings as the addon takes them; throws where they cannot work. */
export function nativeHedge(hedge: HedgeOption | null | undefined): NativeHedge | undefined {
  if (hedge === undefined || hedge === null) return undefined;
  const given: Hedge = typeof hedge === "number" ? { delay: hedge } : hedge === false ? { max: 1 } : (hedge as Hedge);
  if (hedge !== true && hedge !== false && (typeof given !== "object" || Array.isArray(given))) {
    throw new OpenAIError("hedge must be a boolean, a number of milliseconds, or an object.");
  }
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown) throw new OpenAIError(`hedge has no setting "${unknown}": it takes delay, max and budget.`);
  const { delay, max = 2, budget = 0.1 } = given;
  if (delay !== undefined && !(typeof delay === "number" && delay >= 0 && delay < Infinity)) {
    throw new OpenAIError(`hedge: delay must be a number of milliseconds from 0 up, not ${delay}.`);
  }
  if (!Number.isInteger(max) || max < 0 || max > 0xffff) {
    throw new OpenAIError(`hedge: max must be 1 to 16 racers, not ${max}.`);
  }
  if (budget !== null && typeof budget !== "number") {
    throw new OpenAIError(`hedge: budget must be a number or null, not ${budget}.`);
  }
  const native: NativeHedge = { max, budget: budget ?? Infinity };
  if (delay !== undefined) native.delayMs = delay;
  const wrong = addon.hedgeFault(native);
  if (wrong) throw new OpenAIError(`${wrong}.`);
  return native;
}

/** The report of an answer, where the call was to be hedged. */
export function hedgeReport(headers: string): HedgeReport | null {
  const told = findHeader(headers, ":hedge");
  return told === null ? null : (JSON.parse(told) as HedgeReport);
}
