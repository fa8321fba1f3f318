import type { Connection } from "./connection.ts";
import { closeOver } from "./farewell.ts";

/**
 * Lets the packet that is being handled wait for an answer; what comes behind it waits too, and nobody else. `then` is
 * not called where the connection has closed meanwhile: it is let go.
 */
export function park<Answer>(connection: Connection, answer: Promise<Answer>, then: (answer: Answer) => void): void {
  const { phase } = connection;
  const goOn = (value: Answer): void => {
    // What waited for us is not the client's silence.
    connection.lastReceived = connection.context.turn.now;
    then(value);
  };
  if (phase === "open") {
    const arrived: Answer[] = [];
    const after = answer.then((value) => void arrived.push(value));
    connection.workOn(() => {
      goOn(arrived[0] as Answer);
      return true;
    }, after);
    return;
  }
  connection.channel.pause();
  answer.then(
    (value) => {
      if (connection.phase !== phase) return;
      try {
        goOn(value);
      } catch (error) {
        closeOver(connection, error);
      }
      if (reads(connection)) connection.resumeInput();
    },
    (error: unknown) => {
      if (connection.phase === phase) closeOver(connection, error);
    },
  );
}

function reads({ phase }: Connection): boolean {
  return phase === "open" || phase === "challenged";
}
