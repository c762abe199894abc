/** @file The answer of no model: what is most often expected. */

import type { Question } from "./exchange.ts";

interface Expected {
  readonly answer: string;
  /** In the order of their ids. */
  readonly questions: Question[];
}

/**
 * For each question, by id, the commonest expected answer to its kind of question in its language among all other
 * groups. Of answers equally common, the one that the first question in the order of ids expects. Undefined where no
 * other group is asked such a question.
 *
 * @param kindOf what is asked; answers to different kinds are never mixed
 */
export function majorityAnswers(
  questions: readonly Question[],
  kindOf: (question: Question) => string,
): Map<string, string | undefined> {
  const asked = new Map<string, Map<string, Expected>>();
  const keyOf = (question: Question) => `${question.language} ${kindOf(question)}`;
  for (const question of [...questions].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const answers = asked.get(keyOf(question)) ?? new Map<string, Expected>();
    asked.set(keyOf(question), answers);
    const answer = question.expected.trim();
    const same = answers.get(answer);
    if (same) same.questions.push(question);
    else answers.set(answer, { answer, questions: [question] });
  }
  const sorted = new Map(
    [...asked].map(([key, answers]) => [key, [...answers.values()].sort(byFrequency)] as const),
  );
  const known = new Map<string, string | undefined>();
  return new Map(
    questions.map((question) => {
      const key = JSON.stringify([keyOf(question), question.group]);
      if (!known.has(key)) known.set(key, commonest(sorted.get(keyOf(question)) ?? [], question.group));
      return [question.id, known.get(key)];
    }),
  );
}

const byFrequency = (a: Expected, b: Expected) =>
  b.questions.length - a.questions.length || (a.questions[0]!.id < b.questions[0]!.id ? -1 : 1);

/** @param answers the most frequent first; those that cannot win any more are not counted */
function commonest(answers: readonly Expected[], ownGroup: string): string | undefined {
  let best: { answer: string; count: number; first: string } | undefined;
  for (const { answer, questions } of answers) {
    if (
      best &&
      (questions.length < best.count || (questions.length === best.count && questions[0]!.id > best.first))
    )
      break;
    const others = questions.filter(({ group }) => group !== ownGroup);
    const [count, first] = [others.length, others[0]?.id];
    if (first !== undefined && (!best || count > best.count || (count === best.count && first < best.first)))
      best = { answer, count, first };
  }
  return best?.answer;
}
