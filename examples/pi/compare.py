"""The same loop in Python, whose integers grow as needed; measured as in compare.lua."""
import time

ROUNDS, ROUND_S = 5, 0.05


def handler(event, context):
    count = int(event["queryStringParameters"]["number"])
    digits = []
    k, a, b, a1, b1 = 2, 4, 1, 12, 4
    while len(digits) < count:
        p, q, k = k * k, 2 * k + 1, k + 1
        a, b, a1, b1 = a1, b1, p * a + q * a1, p * b + q * b1
        d, d1 = a // b, a1 // b1
        while d == d1 and len(digits) < count:
            digits.append(str(d))
            a, a1 = 10 * (a % b), 10 * (a1 % b1)
            d, d1 = a // b, a1 // b1
    return {"message": digits[0] + "." + "".join(digits[1:])}


def report(count):
    best = float("inf")
    for _ in range(ROUNDS):
        calls, start = 0, time.process_time()
        while time.process_time() - start < ROUND_S:
            assert len(handler({"queryStringParameters": {"number": str(count)}}, None)["message"]) == count + 1
            calls += 1
        best = min(best, (time.process_time() - start) / calls)
    print("%-28s %6d digits %12.1f us" % ("Python, the same loop", count, best * 1e6))


report(10)
report(1000)
