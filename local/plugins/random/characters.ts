/** Strings of random characters with a minimum of each class. */
import { randomInt } from "node:crypto";

/** The inputs of RandomPassword and RandomString. */
export interface Recipe {
  length: number;
  /** Which classes may occur. Default all. */
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  special: boolean;
  /** At least so many of a class. Default 0. */
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
  /** The special characters to choose from. */
  overrideSpecial?: string | undefined;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** What is wrong with a recipe; empty where nothing is. */
export function recipeFaults(recipe: Recipe): { property: string; reason: string }[] {
  const { length, minLower, minUpper, minNumeric, minSpecial } = recipe;
  const faults: { property: string; reason: string }[] = [];
  if (!Number.isInteger(length) || length < 1) {
    faults.push({ property: "length", reason: `length must be a whole number of at least 1, not ${length}` });
  }
  const least = minLower + minUpper + minNumeric + minSpecial;
  if (length < least)
    faults.push({
      property: "length",
      reason: `length ${length} is less than the ${least} characters the minimums ask for`,
    });
  if (!classes(recipe).some(({ characters }) => characters.length > 0)) {
    faults.push({ property: "special", reason: "no class of characters is left to choose from" });
  }
  return faults;
}

function classes(recipe: Recipe): { characters: string; least: number }[] {
  const special = recipe.overrideSpecial || SPECIAL;
  return [
    { characters: recipe.lower ? LOWER : "", least: recipe.minLower },
    { characters: recipe.upper ? UPPER : "", least: recipe.minUpper },
    { characters: recipe.numeric ? DIGITS : "", least: recipe.minNumeric },
    { characters: recipe.special ? special : "", least: recipe.minSpecial },
  ];
}

/** A string by the recipe, from the system's secure random source. */
export function randomString(recipe: Recipe): string {
  const pick = (characters: string) => characters[randomInt(characters.length)] ?? "";
  const groups = classes(recipe);
  const everything = groups.map(({ characters }) => characters).join("");
  const chosen = groups.flatMap(({ characters, least }) =>
    Array.from({ length: characters ? least : 0 }, () => pick(characters)),
  );
  while (chosen.length < recipe.length) chosen.push(pick(everything));
  return shuffle(chosen).join("");
}

/** Fisher and Yates. */
export function shuffle<T>(items: T[]): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
