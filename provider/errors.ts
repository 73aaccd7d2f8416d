/**
 * Every error a user can meet. One class per cause; the message names the host, the device where there is one, what was
 * found, what it means and what to do. Nobody should see a stack trace for one of these: `message` is the whole story.
 */
export class GpuhostError extends Error {
  constructor(
    /** Stable name of the cause, kebab-case. */
    readonly code: string,
    message: string,
    readonly host?: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The host could not be reached or did not let us in: nothing was touched, except where it is a ConnectionLostError. */
export class HostUnreachableError extends GpuhostError {}

/** The key the host showed is not the one that is known: nothing was sent to it. */
export class HostKeyError extends GpuhostError {}

/** The connection broke while a command ran: whether the command finished is not known. */
export class ConnectionLostError extends HostUnreachableError {}

/** A command on the host outlived its deadline. */
export class HostTimeoutError extends GpuhostError {}

/** A command said more than any honest answer needs. */
export class OutputTooLargeError extends GpuhostError {}

/** sudo was refused, or asks for a password that nobody configured. */
export class SudoError extends GpuhostError {}

/** Something read from a host is not in the form its source documents: path and text are in the message. */
export class MalformedFactError extends GpuhostError {}

/** Input of a user that does not fit; `path` is the field. */
export class InputError extends GpuhostError {}

/** The host is not the machine that was planned for. */
export class IdentityError extends GpuhostError {}

/** The host moved since the reviewed plan. */
export class PlanMovedError extends GpuhostError {}

/** A transaction on the host failed; what was undone and what was not is in the message. */
export class ApplyError extends GpuhostError {}

/** Somebody else holds the lock of this host. */
export class LockedError extends GpuhostError {}

/** A service of the control plane did not answer: nothing is known of what it holds, and a call that writes may have been carried out. */
export class CloudUnreachableError extends GpuhostError {}

/** The credentials are missing, incomplete or refused, or do not reach far enough for the call. */
export class CloudAuthError extends GpuhostError {}

/** The control plane holds something else than what was planned on: nothing was written over it. */
export class CloudConflictError extends GpuhostError {}

/** A service refused a call; its own words are in the message. */
export class CloudRefusedError extends GpuhostError {}

/** What was waited for in the control plane did not come about in time; what it is instead is in the message. */
export class CloudTimeoutError extends GpuhostError {}
