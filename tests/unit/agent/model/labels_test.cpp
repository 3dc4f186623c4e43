#include "agent/model/labels.h"

#include <gtest/gtest.h>

namespace torii::model {
namespace {

const Labels kLabels{{"app", "webpod"}, {"tier", "front"}};

LabelSelector expression(LabelOperator op, std::string key, std::vector<std::string> values = {}) {
    return {.match_labels = {}, .match_expressions = {{std::move(key), op, std::move(values)}}};
}

TEST(LabelSelector, EmptyOneHoldsForEverything) {
    EXPECT_TRUE(LabelSelector{}.matches(kLabels));
    EXPECT_TRUE(LabelSelector{}.matches({}));
}

TEST(LabelSelector, MatchLabelsNeedKeyAndValue) {
    EXPECT_TRUE((LabelSelector{{{"app", "webpod"}}, {}}.matches(kLabels)));
    EXPECT_FALSE((LabelSelector{{{"app", "other"}}, {}}.matches(kLabels)));
    EXPECT_FALSE((LabelSelector{{{"zone", "webpod"}}, {}}.matches(kLabels)));
}

TEST(LabelSelector, InAndNotIn) {
    EXPECT_TRUE(expression(LabelOperator::in, "app", {"x", "webpod"}).matches(kLabels));
    EXPECT_FALSE(expression(LabelOperator::in, "app", {"x"}).matches(kLabels));
    EXPECT_FALSE(expression(LabelOperator::in, "zone", {"x"}).matches(kLabels));
    EXPECT_FALSE(expression(LabelOperator::not_in, "app", {"webpod"}).matches(kLabels));
    EXPECT_TRUE(expression(LabelOperator::not_in, "app", {"x"}).matches(kLabels));
    // As the API server has it: an absent label is not in any list.
    EXPECT_TRUE(expression(LabelOperator::not_in, "zone", {"x"}).matches(kLabels));
}

TEST(LabelSelector, ExistsAndDoesNotExist) {
    EXPECT_TRUE(expression(LabelOperator::exists, "app").matches(kLabels));
    EXPECT_FALSE(expression(LabelOperator::exists, "zone").matches(kLabels));
    EXPECT_FALSE(expression(LabelOperator::does_not_exist, "app").matches(kLabels));
    EXPECT_TRUE(expression(LabelOperator::does_not_exist, "zone").matches(kLabels));
}

TEST(LabelSelector, AllPartsMustHold) {
    LabelSelector selector = expression(LabelOperator::exists, "tier");
    selector.match_labels = {{"app", "webpod"}};
    EXPECT_TRUE(selector.matches(kLabels));
    selector.match_expressions.push_back({"app", LabelOperator::not_in, {"webpod"}});
    EXPECT_FALSE(selector.matches(kLabels));
}

TEST(LabelSelector, AbsentMeansNoneOrAll) {
    EXPECT_FALSE(matches_absent_is_none(std::nullopt, kLabels));
    EXPECT_TRUE(matches_absent_is_none(LabelSelector{}, kLabels));
    EXPECT_TRUE(matches_absent_is_all(std::nullopt, kLabels));
    EXPECT_FALSE(matches_absent_is_all(LabelSelector{{{"a", "b"}}, {}}, kLabels));
}

}  // namespace
}  // namespace torii::model
